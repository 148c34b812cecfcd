"""Links: TLS between two nodes, proofs, and frames as fast as the other reads."""
