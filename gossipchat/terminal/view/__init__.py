"""What a user sees of the room, of who is there, and of how far a line got."""
