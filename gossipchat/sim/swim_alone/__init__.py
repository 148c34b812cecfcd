"""Swim by itself on simulated machines, many of them."""
