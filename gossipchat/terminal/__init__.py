"""`gossipchat chat`: a line-mode terminal."""
