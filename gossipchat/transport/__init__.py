"""Sockets: UDP, one TCP port for streams and links, TLS, addresses."""
