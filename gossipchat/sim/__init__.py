"""The simulated world: one heap of events, one seed, a network that fails."""
