"""What a peer is told of what we have."""
