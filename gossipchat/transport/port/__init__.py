"""One number for all: UDP, and one TCP listener."""
