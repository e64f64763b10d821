"""How AWS speaks: requests in, responses out, for four protocols. Pure, and the only importer of botocore."""
