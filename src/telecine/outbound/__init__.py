"""Requests of our own to addresses that users name: which may be reached, and how.

`guard` decides, `client` asks, `trust` says whom https believes. S3 and KMS are not asked from here: their addresses
are the operator's.
"""
