"""What an attempt does, one module a step: fetch, probe, encode, verify, publish."""
