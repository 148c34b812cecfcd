"""
The cluster's keys, changed and listed from anywhere: Serf's four key queries.

The ring itself belongs to the shell, which also keeps it on disk: ``KeyTask`` asks it.
"""

from collections import Counter
from collections.abc import Callable, Iterable

from gossipchat.effects import Count
from gossipchat.errors import DecodeError
from gossipchat.names import Address, NodeName
from gossipchat.swim.events import (
    Answered,
    Effect,
    KeysAsked,
    KeysOutcome,
    KeyTask,
    KeyTaskDone,
    QueryReply,
)
from gossipchat.swim.serf.responses import Responses
from gossipchat.wire.serf.codec import decode_serf, encode_serf
from gossipchat.wire.serf.messages import KeyRequest, KeyResponse, Query

LIST = "list"
QUERY_OF = {
    "install": "_serf_install-key",
    "use": "_serf_use-key",
    "remove": "_serf_remove-key",
    LIST: "_serf_list-keys",
}
OPERATION_OF = {query: operation for operation, query in QUERY_OF.items()}

KEY_BYTES = (16, 24, 32)

MAX_COUNTED = 1024
"""Different keys of which it is counted who has them: a ring has up to 64."""

LONGEST_KEY = 64
"""Characters of a key; 32 bytes take 44."""

LONGEST_PROBLEM = 200
"""Characters of what a member could not do."""

MAX_TASKS = 64
"""Key queries that wait for the shell; more are dropped."""


class KeyQueries:
    """Answers the four queries."""

    def __init__(self, responses: Responses) -> None:
        self._responses = responses
        self._waiting: dict[int, Query] = {}
        self._tasks = 0

    def came(self, query: Query) -> list[Effect]:
        """Let the shell do it; ``done`` answers."""
        operation, key = OPERATION_OF[query.name], None
        if operation != LIST:
            try:
                request = decode_serf(query.payload or b"")
            except DecodeError:
                return [Count("dropped.key-request")]
            if not isinstance(request, KeyRequest):
                return [Count("dropped.key-request")]
            key = request.key
        if len(self._waiting) >= MAX_TASKS:
            return [Count("dropped.key-request")]
        self._tasks += 1
        self._waiting[self._tasks] = query
        return [KeyTask(self._tasks, operation, key)]

    def done(self, done: KeyTaskDone) -> list[Effect]:
        """Tell whoever asked how it went."""
        query = self._waiting.pop(done.task, None)
        if query is None:
            return []
        if OPERATION_OF[query.name] != LIST or not done.ok:
            answer = KeyResponse(done.ok, done.message, None, "")
            return self._responses.send(query, 0, encode_serf(answer))
        fits = lambda payload: self._responses.fits(query, payload)  # noqa: E731
        return self._responses.send(query, 0, _listed(done, fits))


class KeyCount:
    """The answers to one of ours: how many members have which key."""

    def __init__(self, asked: KeysAsked, members: Iterable[NodeName]) -> None:
        self._asked = asked
        self._awaited = dict.fromkeys(members)
        self._members = len(self._awaited)
        self._keys: Counter[str] = Counter()
        self._primaries: Counter[str] = Counter()
        self._problems: dict[NodeName, str] = {}
        self._answered = 0

    def heard(self, reply: QueryReply, source: Address | None) -> list[Effect]:
        """See ``asking.Collector``."""
        if reply.ack:
            return []
        self._answered += 1
        self._awaited.pop(reply.sender, None)
        try:
            answer = decode_serf(reply.payload or b"")
        except DecodeError:
            answer = None
        if not isinstance(answer, KeyResponse):
            self._problems[reply.sender] = "its answer could not be read"
            return []
        if not answer.result or answer.message:
            said = answer.message or "it could not"
            self._problems[reply.sender] = said[:LONGEST_PROBLEM]
        known = (key for key in set(answer.keys or ()) if self._is_counted(key))
        self._keys.update(known)
        if answer.primary and self._is_counted(answer.primary):
            self._primaries[answer.primary] += 1
        return []

    def _is_counted(self, key: str) -> bool:
        """Whoever answers may make keys up, of any length."""
        fits = len(key) <= LONGEST_KEY and len(self._keys) < MAX_COUNTED
        return fits or key in self._keys

    @property
    def is_full(self) -> bool:
        """See ``asking.Collector``."""
        return not self._awaited

    def silent(self) -> list[NodeName]:
        """See ``asking.Collector``."""
        return list(self._awaited)

    def ended(self, acks: int, responses: int) -> list[Effect]:
        """See ``asking.Collector``."""
        most = self._primaries.most_common(1)
        outcome = KeysOutcome(
            primary=most[0][0] if most else "",
            keys=dict(sorted(self._keys.items())),
            members=self._members,
            answered=self._answered,
            problems=dict(sorted(self._problems.items())),
        )
        return [Answered(self._asked.ask, outcome)]


def _listed(done: KeyTaskDone, fits: Callable[[bytes], bool]) -> bytes:
    """All keys, or as many as fit, said so."""
    total, message = len(done.keys), done.message
    for shown in range(total, -1, -1):
        if shown < total:
            message = f"only the first {shown} of {total} keys fit into this answer"
        answer = KeyResponse(True, message, done.keys[:shown], done.primary)
        payload = encode_serf(answer)
        if fits(payload):
            break
    return payload
