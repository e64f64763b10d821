"""The operations of our own, under `/_/`: the linter, and the audit log of the caller's account."""
