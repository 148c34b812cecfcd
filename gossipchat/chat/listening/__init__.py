"""What others say: read, put in its place, and held back until its time."""
