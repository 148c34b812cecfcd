"""What this node lacks, and of whom it is asked."""
