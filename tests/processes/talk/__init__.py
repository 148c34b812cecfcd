"""What people say to each other, on real processes."""
