"""Bytes <-> values: memberlist's packets and streams, Serf's bodies, link frames."""
