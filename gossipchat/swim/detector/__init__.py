"""Who still answers: probes, helpers, suspicion, and this node's own fitness."""
