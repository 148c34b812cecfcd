"""
What goes into chat and what comes out of it: frozen values.
"""

from collections.abc import Hashable
from dataclasses import dataclass

from gossipchat.effects import Count, Notify, StartTimer, TimerFired
from gossipchat.feeds.run import Run
from gossipchat.names import EntryId, RoomName


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as faces show it."""

    n: int
    """This node's arrival number."""
    id: EntryId
    room: RoomName | None
    """None for entries outside any room (``open``)."""
    nick: str
    kind: str
    text: str
    wall_ms: int
    """When its author's machine said it was."""
    arrived_ms: int
    late: bool
    """Sorts before a line already shown here, and came over 10 s after its time."""


@dataclass(frozen=True, slots=True)
class Row:
    """What the store indexes of one entry."""

    seq: int
    hlc: int
    wall_ms: int
    room: RoomName | None
    nick: str
    kind: str
    text: str
    late: bool
    token: str | None = None


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run with a row for each of its entries, in order."""

    run: Run
    tip: bytes
    """The hash of its last entry, 32 bytes."""
    rows: tuple[Row, ...]


# --- events -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SayAsked:
    """
    A local user says something. One ``Answer`` or ``Refuse`` follows for *ask*.

    *token*: the same token again is answered with the first one's id.
    """

    ask: Hashable
    kind: str
    room: str
    nick: str
    text: str
    token: str | None = None


@dataclass(frozen=True, slots=True)
class RunsArrived:
    """Checked runs of others."""

    runs: tuple[Run, ...]
    tips: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Persisted:
    """Batch *number* is on disk; its entries are numbered from *first_n* on."""

    number: int
    first_n: int


@dataclass(frozen=True, slots=True)
class PersistFailed:
    """Nothing of batch *number* is on disk; *why* is a sentence for people."""

    number: int
    why: str


Event = SayAsked | RunsArrived | Persisted | PersistFailed | TimerFired

# --- effects ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Persist:
    """
    Write a batch, whole or not at all; answered in the order of the numbers.

    *own*: it holds what was said here, so it is fsynced before the answer.
    """

    number: int
    runs: tuple[StoredRun, ...]
    own: bool
    arrived_ms: int


@dataclass(frozen=True, slots=True)
class Publish:
    """An own run is on disk: let it travel."""

    run: Run
    tip: bytes


@dataclass(frozen=True, slots=True)
class Keep:
    """Others' runs are on disk (*kept*), or could not be written."""

    runs: tuple[Run, ...]
    kept: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """*ask* is done: on disk, under *id*."""

    ask: Hashable
    id: EntryId


@dataclass(frozen=True, slots=True)
class Refuse:
    """*ask* was not done; *why* is a sentence for people."""

    ask: Hashable
    why: str


@dataclass(frozen=True, slots=True)
class Deliver:
    """Show these, in this order; they are on disk."""

    lines: tuple[Line, ...]


Effect = (
    Persist | Publish | Keep | Answer | Refuse | Deliver | StartTimer | Notify | Count
)
