"""A node as its user meets it: commands, options, refusals, the library."""
