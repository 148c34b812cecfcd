"""The one interpreter of a peer's effects."""
