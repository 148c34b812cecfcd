"""What is no history: small documents, of which the last counts."""
