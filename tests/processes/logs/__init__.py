"""What a node keeps, loses and finds again: its disk, its copies, its past."""
