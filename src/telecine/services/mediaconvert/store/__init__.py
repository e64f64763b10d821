"""The SQL of MediaConvert's tables. Only `lifecycle` comes here, with a connection of its own transaction."""
