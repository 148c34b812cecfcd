"""Random disasters, and the promises that must have been kept when they are over."""
