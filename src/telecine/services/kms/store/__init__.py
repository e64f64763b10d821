"""KMS's SQL. Every function takes an open connection, but those of the hot way: these take the database."""
