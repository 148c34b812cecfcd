"""Serf's layer: intents, events, queries, keys, coordinates, leaving."""
