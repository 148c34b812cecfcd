"""The api.sock: JSON lines, for the CLI, the terminal and scripts."""
