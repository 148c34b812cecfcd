"""What is kept on disk: SQLite, one writer thread, one reader thread."""
