"""What a cluster survives: kills, cuts, wrong clocks, nonsense, all of it at once."""
