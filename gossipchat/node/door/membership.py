"""
The half of the door that is about members: asked of swim, and told by it.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count

from twisted.internet.defer import Deferred, execute
from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from gossipchat.errors import Refused, UsageError
from gossipchat.names import AuthorKey, NodeName
from gossipchat.node.api import IMembership, Stop, Trouble, UserEvent
from gossipchat.node.care.troubles import Troubles
from gossipchat.node.door.watchers import Watchers
from gossipchat.node.driver.driver import Driver
from gossipchat.peer.core import Peer
from gossipchat.swim.events import (
    EventAsked,
    ForgetAsked,
    KeysAsked,
    KeysOutcome,
    Member,
    MemberChanged,
    QueryAsked,
    QueryEnd,
    QueryReply,
    Reachability,
    ReachabilityAsked,
    RttAsked,
    Status,
    TagsAsked,
    UserEventHeard,
)

MAX_EVENTS = 128
"""User events that are remembered, each at most a packet long."""

MAX_QUERY_SECONDS = 3600.0

OPERATIONS = ("list", "install", "use", "remove")


@implementer(IMembership)
class Membership:
    """
    See ``IMembership``.

    Args:
        wall_ms: the machine's clock, in milliseconds since 1970.
    """

    def __init__(
        self,
        reactor: IReactorTime,
        peer: Peer,
        driver: Driver,
        wall_ms: Callable[[], int],
    ) -> None:
        self.name: str = peer.swim.me.name
        self.key: AuthorKey = peer.swim.me.key
        self._reactor = reactor
        self._peer = peer
        self._driver = driver
        self._wall_ms = wall_ms
        self._asks = count(1)
        self._members: Watchers[Member] = Watchers()
        self._event_watchers: Watchers[UserEvent] = Watchers()
        self._events: deque[UserEvent] = deque(maxlen=MAX_EVENTS)
        self._troubles = Troubles(reactor.seconds)

    # --- members ------------------------------------------------------------

    def members(self) -> list[Member]:
        """See ``IMembership``."""
        return self._peer.swim.members()

    def names(self) -> list[NodeName]:
        """See ``IMembership``."""
        return self._peer.swim.names()

    def member_named(self, name: NodeName) -> Member | None:
        """See ``IMembership``."""
        return self._peer.swim.member(name)

    def watch_members(self, watcher: Callable[[Member], None]) -> Stop:
        """See ``IMembership``."""
        return self._members.add(watcher)

    def forget(self, name: NodeName) -> Deferred[None]:
        """See ``IMembership``."""
        return execute(self._forget, name)

    def _forget(self, name: NodeName) -> None:
        member = self._peer.swim.member(name)
        if name == self.name:
            raise Refused("a node can't forget itself; `gossipchat leave` ends it")
        if member is not None and member.status in (Status.ALIVE, Status.SUSPECT):
            raise Refused(
                f"{name} is {member.status.value}: only the dead are forgotten"
            )
        if member is None:
            raise Refused(f"nobody here is called {name}; see `gossipchat members`")
        self._driver.feed(ForgetAsked(name))

    def set_tags(
        self, put: Mapping[str, str], drop: Sequence[str]
    ) -> Deferred[dict[str, str]]:
        """See ``IMembership``."""
        return self._driver.ask(TagsAsked(self._next_ask(), dict(put), tuple(drop)))

    def rtt(self, one: NodeName, other: NodeName | None) -> Deferred[float]:
        """See ``IMembership``."""
        return self._driver.ask(RttAsked(self._next_ask(), one, other))

    def reachability(self) -> Deferred[Reachability]:
        """See ``IMembership``."""
        return self._driver.ask(ReachabilityAsked(self._next_ask()))

    # --- events and queries -------------------------------------------------

    def event(
        self, name: str, payload: bytes, coalesce: bool = True
    ) -> Deferred[UserEvent]:
        """See ``IMembership``."""
        asked = EventAsked(self._next_ask(), name, payload, coalesce)
        return self._driver.ask(asked).addCallback(
            lambda ltime: UserEvent(ltime, name, payload, self._wall_ms())
        )

    def events(self) -> list[UserEvent]:
        """See ``IMembership``."""
        return list(self._events)

    def watch_events(self, watcher: Callable[[UserEvent], None]) -> Stop:
        """See ``IMembership``."""
        return self._event_watchers.add(watcher)

    def query(
        self,
        name: str,
        payload: bytes,
        timeout: float | None,
        heard: Callable[[QueryReply], None],
        names: Sequence[NodeName] = (),
        tags: Mapping[str, str] | None = None,
    ) -> Deferred[QueryEnd]:
        """See ``IMembership``."""
        return execute(_check_timeout, timeout).addCallback(
            lambda _: self._driver.ask(
                QueryAsked(
                    self._next_ask(),
                    name,
                    payload,
                    timeout,
                    tuple(names),
                    tuple((tags or {}).items()),
                    acks=True,
                ),
                heard,
            )
        )

    # --- keys ---------------------------------------------------------------

    def keys(self, operation: str, key: bytes | None) -> Deferred[KeysOutcome]:
        """See ``IMembership``."""
        return Deferred.fromCoroutine(self._keys(operation, key))

    async def _keys(self, operation: str, key: bytes | None) -> KeysOutcome:
        self._check_keys(operation, key)
        done: KeysOutcome = await self._driver.ask(
            KeysAsked(self._next_ask(), operation, key)
        )
        if operation == "list":
            return done
        with suppress(Refused):  # it is done, whether or not all can say what they have
            held = await self._driver.ask(KeysAsked(self._next_ask(), "list"))
            return replace(done, primary=held.primary, keys=held.keys)
        return done

    def _check_keys(self, operation: str, key: bytes | None) -> None:
        if operation not in OPERATIONS:
            raise UsageError(f"keys: want one of {', '.join(OPERATIONS)}")
        if (key is None) != (operation == "list"):
            wants = "takes no key" if key is not None else "needs a key"
            raise UsageError(f"keys {operation} {wants}")
        if not self._driver.has_keys:
            raise Refused(
                "this node has no keys, so its cluster is open: to close it, give every"
                " node one key ring (`gossipchat keygen --write`) and restart them all"
            )

    # --- what the driver tells ----------------------------------------------

    def hear(self, happening: object) -> None:
        """Something happened in the peer."""
        self._troubles.hear(happening)
        match happening:
            case MemberChanged(member):
                self._members.tell(member)
            case UserEventHeard(ltime, name, payload):
                event = UserEvent(ltime, name, payload, self._wall_ms())
                self._events.append(event)
                self._event_watchers.tell(event)

    def troubles(self, *now: str) -> tuple[Trouble, ...]:
        """What a person should know; *now*: what else is wrong with this node."""
        return self._troubles.list(*now)

    def _next_ask(self) -> int:
        return next(self._asks)


def _check_timeout(timeout: float | None) -> None:
    if timeout is not None and not 0 < timeout <= MAX_QUERY_SECONDS:
        raise UsageError(
            f"a query may wait for up to {MAX_QUERY_SECONDS:.0f} seconds, not {timeout}"
        )
