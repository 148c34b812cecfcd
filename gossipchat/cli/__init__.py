"""The command `gossipchat`: each sub-command asks a node through its socket."""
