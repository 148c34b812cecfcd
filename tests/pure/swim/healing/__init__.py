"""Contact, heal, hearsay, proof."""
