"""What this node has, and how what comes in finds its place."""
