"""Where lines are shown and typed."""
