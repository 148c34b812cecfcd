"""Broadcast by itself on simulated machines: no swim, no chat."""
