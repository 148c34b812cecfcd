"""What keeps a node well: seeds, keys, upkeep, and what people should know."""
