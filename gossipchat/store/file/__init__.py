"""The database as a file: made, migrated, read ahead, moved aside."""
