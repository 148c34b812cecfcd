"""
What programs tell each other through the log: it reaches all who are ever again
connected, in the order of its author, each once.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from gossipchat.chat.bodies import CAST
from gossipchat.chat.events import Line, SayAsked
from gossipchat.errors import UsageError
from gossipchat.names import AuthorKey, EntryId, NodeName

NameOf = Callable[[AuthorKey], NodeName | None]


@dataclass(frozen=True, slots=True)
class Cast:
    """What one member told all others."""

    id: EntryId
    topic: str
    payload: bytes
    sender: NodeName | None
    """Who tells; None while its name is not known here."""
    said_ms: int
    """Wall time of its author, in milliseconds since 1970."""

    @property
    def key(self) -> AuthorKey:
        """The identity of who tells: proven by its signature."""
        return self.id.author


def cast_in(line: Line, name_of: NameOf) -> Cast | None:
    """The cast that *line* is; None: it is something else."""
    if line.kind != CAST or not (line.text or line.nick):
        return None
    payload, sender = b64decode(line.text), name_of(line.id.author)
    return Cast(line.id, line.nick, payload, sender, line.wall_ms)


def cast_asked(ask: Hashable, topic: str, payload: bytes) -> SayAsked:
    """Ask chat to tell it. Raises UsageError for a topic that nobody could read."""
    try:
        topic.encode()
    except UnicodeEncodeError:
        raise UsageError("a topic is text in proper Unicode") from None
    return SayAsked(ask, CAST, topic, "", b64encode(payload).decode("ascii"))
