"""What is meant: rooms, messages, who said what."""
