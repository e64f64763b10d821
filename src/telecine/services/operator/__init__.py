"""The operations of our own, under `/_/`: the linter, the audit log of the caller's account, and sinks of
events."""
