"""How news of members travels: queues, gossip, and whole exchanges."""
