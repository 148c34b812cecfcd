"""What people and programs see of a node; each face knows node.api alone."""
