"""The door of a running node, as faces see it from behind ``node.api``."""
