"""What Telecine costs, measured against a peer or a limit in the same run."""
