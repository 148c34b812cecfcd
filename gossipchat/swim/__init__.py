"""Who is here: membership and failure detection (SWIM, Lifeguard, Serf's layer)."""
