"""The arena: different membership protocols on the same hosts, network and seeds."""
