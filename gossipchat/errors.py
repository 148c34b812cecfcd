"""
Every error this package raises on purpose.

    GossipChatError
    +-- UsageError          our caller's mistake; raised before any state changes
    |   +-- ConfigError     a setting outside its range
    |   +-- Refused         a request that can't be granted now; says what to do
    |       +-- NoNode      no node runs where one was asked for
    |       +-- NotThere    something that this version can't do
    |       +-- TooFast     said faster than one user may; says when to try again
    |   +-- FellBehind      more came than was read of it
    +-- PeerError           a peer's mistake; drop the input, count it, carry on
    |   +-- DecodeError     bytes that are not what they should be
    |   +-- Unreachable     a connection that could not be made, or brought nothing
    +-- StoreError          the disk is full, failing or not ours
        +-- StoreDamaged    it does not hold any more what was written to it

The text of each is what a person reads: where, what came, what would do.
"""


class GossipChatError(Exception):
    """Base of all errors raised on purpose; its text is made for people."""


class UsageError(GossipChatError):
    """Our caller's mistake; nothing has changed."""


class ConfigError(UsageError):
    """A setting outside its range: *where* = *what*, but it *needs*."""

    def __init__(self, where: str, what: object, needs: str) -> None:
        super().__init__(f"{where} = {what!r}, but it {needs}")


class Refused(UsageError):
    """A request that can't be granted now; nothing has changed."""


class NoNode(Refused):
    """No node runs on the data directory that was named."""


class NotThere(Refused):
    """This version can't do that: it is promised for later, or unknown."""


class TooFast(Refused):
    """Said faster than one user may."""

    def __init__(self, what: str, retry_after: float) -> None:
        self.retry_after = retry_after
        """Seconds until the next one will be taken."""
        super().__init__(what)


class FellBehind(UsageError):
    """A reader left unread more than is held for it: some of it is lost to it."""


class PeerError(GossipChatError):
    """A peer's mistake; its input is dropped and counted, nothing changes."""


class DecodeError(PeerError):
    """Bytes that are not what they should be: *where*: got *what*, want *wants*."""

    def __init__(self, where: str, what: object, wants: str) -> None:
        self.where = where
        super().__init__(f"{where}: got {shortened(what)}, want {wants}")


class Unreachable(PeerError):
    """A connection that could not be made, or brought nothing; in a sentence."""

    def __init__(self, what: str, *, refused: bool = False) -> None:
        self.refused = refused
        """Nothing listens there: its machine said so."""
        super().__init__(what)


class StoreError(GossipChatError):
    """The disk is full, failing, locked or of a newer version."""


class StoreDamaged(StoreError):
    """The database does not hold any more what was written to it."""


def shortened(what: object, limit: int = 80) -> str:
    """*what* as it would print, cut to about *limit* characters."""
    if isinstance(what, bytes | bytearray | str):
        what = what[:limit]  # before repr: hostile input may be megabytes
    text = repr(what)
    return text if len(text) <= limit else text[:limit] + "…"
