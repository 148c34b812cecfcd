"""How far a message has got, as the members themselves say."""
