"""The library's face: a member inside a Twisted program."""
