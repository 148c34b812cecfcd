"""What the benches share: machines made of network namespaces, tables, pictures."""
