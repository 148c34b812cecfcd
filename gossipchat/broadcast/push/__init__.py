"""What is due to a link, and who is sent what at once."""
