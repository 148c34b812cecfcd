"""What goes over the links."""
