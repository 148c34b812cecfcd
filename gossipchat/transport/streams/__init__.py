"""memberlist streams, those that others open and those that we open."""
