"""What lies between machines: a network that fails, and what TCP makes of it."""
