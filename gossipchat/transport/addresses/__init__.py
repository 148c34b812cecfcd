"""Names to addresses, and which of its own a machine tells others."""
