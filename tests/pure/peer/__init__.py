"""What carries between the rooms, and out of them."""
