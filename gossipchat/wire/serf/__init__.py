"""What Serf says inside memberlist's messages: events, queries, keys, tags."""
