"""The AWS services: vertical slices of one shape, each standing on the database and on `contract`."""
