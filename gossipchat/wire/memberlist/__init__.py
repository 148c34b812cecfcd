"""What memberlist says: probes, claims, and all members at once."""
