"""What gossipchat's nodes alone say to each other: over links, and by UDP."""
