"""Whole peers on simulated machines: the driver of the same rooms that ship."""
