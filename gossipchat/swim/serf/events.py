"""
What Serf's users ask of swim, and what they are answered.

Every request carries *ask*, and is answered by exactly one ``Answered`` or
``Declined`` with the same; a query's replies come before it as ``QueryHeard``.
``gossipchat.swim.events`` has these words too; take them from there.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from gossipchat.names import NodeName

# --- requests (events) --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EventAsked:
    """
    Tell all members of a user event.

    ``Answered(ask, ltime)``; ``Declined`` when it is too long for one packet.
    """

    ask: Hashable
    name: str
    payload: bytes
    coalesce: bool = True
    """Whether receivers may drop all but the newest of that name."""


@dataclass(frozen=True, slots=True)
class QueryAsked:
    """
    Ask all members, or those that pass the filters.

    ``Answered(ask, QueryEnd(…))`` comes after *timeout* seconds (None: Serf's
    default for the size of the cluster).
    """

    ask: Hashable
    name: str
    payload: bytes
    timeout: float | None = None
    names: tuple[NodeName, ...] = ()
    """Only these members answer; empty: all."""
    tags: tuple[tuple[str, str], ...] = ()
    """(tag, regular expression): only members whose tags match all of them."""
    acks: bool = False
    relay_factor: int = 0
    """Each answer also comes through so many other members."""


@dataclass(frozen=True, slots=True)
class QueryAnswered:
    """A local program answers the query that ``QueryCame`` told of; once at most."""

    query: tuple[int, int]
    payload: bytes


@dataclass(frozen=True, slots=True)
class KeysAsked:
    """
    Change or list the keys of all members: ``Answered(ask, KeysOutcome(…))``.

    *operation*: ``list``, ``install``, ``use`` or ``remove``; *key*: None to list.
    """

    ask: Hashable
    operation: str
    key: bytes | None = None


@dataclass(frozen=True, slots=True)
class KeyTaskDone:
    """The shell has carried out ``KeyTask(task, …)``, or could not: *message*."""

    task: int
    ok: bool
    message: str = ""
    keys: tuple[str, ...] = ()
    """All keys in the ring, base64, the primary first."""
    primary: str = ""


@dataclass(frozen=True, slots=True)
class TagsAsked:
    """
    Change our tags: ``Answered(ask, tags)`` with all of them, ``gc`` included.

    ``Declined`` above 512 bytes, and for the tag ``gc``, which is not for people.
    """

    ask: Hashable
    put: Mapping[str, str]
    drop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReachabilityAsked:
    """Whom does a query reach? ``Answered(ask, Reachability(…))``."""

    ask: Hashable
    timeout: float | None = None


@dataclass(frozen=True, slots=True)
class RttAsked:
    """
    ``Answered(ask, seconds)``: the round trip between two members (*other* None:
    us), as their coordinates have it. ``Declined`` when one is not known yet.
    """

    ask: Hashable
    one: NodeName
    other: NodeName | None = None


Request = (
    EventAsked
    | QueryAsked
    | QueryAnswered
    | KeysAsked
    | KeyTaskDone
    | TagsAsked
    | ReachabilityAsked
    | RttAsked
)

# --- answers (effects) --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of the request *ask*."""

    ask: Hashable
    outcome: object


@dataclass(frozen=True, slots=True)
class Declined:
    """Nothing came of it; *why* is a sentence for people."""

    ask: Hashable
    why: str


@dataclass(frozen=True, slots=True)
class QueryReply:
    """One member's answer; an *ack* says that the query came, and has no payload."""

    sender: NodeName
    payload: bytes | None
    ack: bool


@dataclass(frozen=True, slots=True)
class QueryHeard:
    """The query *ask* was answered once more."""

    ask: Hashable
    reply: QueryReply


@dataclass(frozen=True, slots=True)
class KeyTask:
    """
    Change the key ring as *operation* says (see ``KeysAsked``), in memory and on
    disk, and answer with ``KeyTaskDone(task, …)``.
    """

    task: int
    operation: str
    key: bytes | None


Answer = Answered | Declined | QueryHeard | KeyTask

# --- outcomes (inside Answered) -----------------------------------------------


@dataclass(frozen=True, slots=True)
class QueryEnd:
    """Nobody's answer counts any more."""

    acks: int
    responses: int


@dataclass(frozen=True, slots=True)
class KeysOutcome:
    """What became of the keys."""

    primary: str
    """The key that most members seal with, base64; empty when nobody says."""
    keys: dict[str, int]
    """How many members have each key, base64."""
    members: int
    """Members that were asked."""
    answered: int
    problems: dict[NodeName, str]
    """Those that could not, and why; those that said nothing are not among them."""


@dataclass(frozen=True, slots=True)
class Reachability:
    """Who has acked, and which living member has not."""

    acked: tuple[NodeName, ...]
    silent: tuple[NodeName, ...]


# --- happenings (inside Notify) -------------------------------------------------


@dataclass(frozen=True, slots=True)
class UserEventHeard:
    """A user event, somebody's or our own, each once."""

    ltime: int
    name: str
    payload: bytes
    coalesce: bool


@dataclass(frozen=True, slots=True)
class QueryCame:
    """
    A query that local programs may answer (``QueryAnswered``) before *deadline*, a
    moment on the clock of ``handle``.
    """

    query: tuple[int, int]
    """Its Lamport time and number."""
    name: str
    payload: bytes
    source: NodeName
    deadline: float
