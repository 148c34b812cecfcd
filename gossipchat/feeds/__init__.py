"""Signed per-author logs: entries, runs and their seals, ranges, the clock."""
