"""Nodes and Debian's serf agents in one cluster, by their own commands."""
