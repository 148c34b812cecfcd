"""After a cut: finding the other side, and being one cluster again."""
