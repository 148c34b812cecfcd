"""Who is a member, and what is held true of each."""
