"""Disks of simulated machines: what survives a crash, and what a power cut."""
