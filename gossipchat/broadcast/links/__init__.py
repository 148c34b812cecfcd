"""The links: whom to have, and what is known of each far end."""
