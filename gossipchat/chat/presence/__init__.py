"""Who is logged in where, and under what name people know them."""
