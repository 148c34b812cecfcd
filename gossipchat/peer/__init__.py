"""swim, broadcast and chat as one machine."""
