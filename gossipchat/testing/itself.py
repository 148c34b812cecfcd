"""
Who a node in memory is, for each of its parts.
"""

from gossipchat.names import AuthorKey


class FakeSelf:
    """A name, a user, a key, and a clock that stands until it is set."""

    def __init__(self, name: str, nick: str) -> None:
        self.name = name
        self.nick = nick
        self.key = AuthorKey(bytes(31) + b"\x01")
        self.wall_ms = 1_700_000_000_000


def key_of(name: str) -> AuthorKey:
    """The key of another node, made up of its name."""
    return AuthorKey(name.encode()[:32].ljust(32, b"\0"))
