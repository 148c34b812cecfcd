"""
The one interpreter of a real peer's effects: it turns them into I/O, and what
comes back into events. (The simulator is the other interpreter.)

Everything of a peer runs in the reactor's thread, one event after the other;
the disk answers from its own threads.
"""

from collections import Counter, deque
from collections.abc import Callable, Hashable
from dataclasses import replace
from functools import partial
from typing import cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from gossipchat.broadcast import events as broadcast
from gossipchat.chat import events as chat
from gossipchat.effects import (
    Count,
    Moment,
    Notify,
    Stalled,
    StartTimer,
    TimerFired,
)
from gossipchat.errors import GossipChatError, Refused, Unreachable
from gossipchat.names import Address, AuthorKey, EntryId, NodeName
from gossipchat.node.journal import Undecodable
from gossipchat.peer.core import Peer
from gossipchat.peer.events import Effect, Event
from gossipchat.store.store import Store
from gossipchat.swim import events as swim
from gossipchat.transport.transport import Transport
from gossipchat.wire.frames import Frame
from gossipchat.wire.messages import Message

log = Logger()

STALL = 0.2
"""A timer this many seconds late means that the process did not run."""

SETTLING = 2.0
"""Seconds that a stop waits for the disk, so that what was asked is answered."""

FROM_NETWORK = (
    swim.PacketReceived,
    swim.StreamReceived,
    swim.StreamAnswered,
    broadcast.FrameReceived,
)


class Driver:
    """
    Runs *peer* on real sockets, clocks and disks.

    Args:
        wall_ms: the machine's clock, in milliseconds since 1970.
        told: is called with each happening (what rooms put into ``Notify``), and
            with each ``Line``, in order of arrival.
        crashed: is called when a room raised on a timer or on own input: its
            state can't be trusted any more, so the node ends (the log is safe).
    """

    def __init__(
        self,
        reactor: IReactorTime,
        wall_ms: Callable[[], int],
        told: Callable[[object], None],
        crashed: Callable[[], None],
    ) -> None:
        self._reactor = reactor
        self._wall_ms = wall_ms
        self._told = told
        self._crashed = crashed
        self._events: deque[Event] = deque()
        self._busy = False
        self._stopped = False
        self._timers: set[IDelayedCall] = set()
        self._awake_since = 0.0
        self._asks: dict[Hashable, Deferred[EntryId]] = {}
        self._complained: set[tuple[type, type | None]] = set()
        self.counts: Counter[str] = Counter()

    def connect(self, peer: Peer, transport: Transport, store: Store) -> None:
        """Hand over what effects are carried out with, before the first event."""
        self._peer = peer
        self._transport = transport
        self._store = store

    # --- events in ----------------------------------------------------------

    def feed(self, event: Event) -> None:
        """Let the peer handle *event*, after those already under way."""
        self._events.append(event)
        if self._busy or self._stopped:
            return
        self._busy = True
        try:
            while self._events and not self._stopped:
                for effect in self._handled(self._events.popleft()):
                    self._do(effect)
        finally:
            self._busy = False

    def say(self, asked: chat.SayAsked) -> Deferred[EntryId]:
        """Feed *asked*; fires when it is on disk, fails with Refused."""
        fires: Deferred[EntryId] = Deferred()
        self._asks[asked.ask] = fires
        self.feed(asked)
        return fires

    def settled(self) -> Deferred[None]:
        """Fires when all that was said until now is answered (or SETTLING is over)."""
        fires: Deferred[None] = Deferred()
        asks = list(self._asks.values())
        timer = self._reactor.callLater(SETTLING, fires.callback, None)

        def answered(result: object) -> object:
            asks.pop()
            if not asks and timer.active():
                timer.cancel()
                fires.callback(None)
            return result

        for ask in list(asks):
            ask.addBoth(answered)
        if not asks:
            timer.cancel()
            fires.callback(None)
        return fires

    def stop(self) -> None:
        """Take no more events; drop the timers."""
        self._stopped = True
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        asks, self._asks = self._asks, {}
        for fires in asks.values():
            fires.errback(Refused("the node is stopping: this was not said"))

    def _handled(self, event: Event) -> list[Effect]:
        try:
            return self._peer.handle(event, self._moment())
        except Exception:
            if not isinstance(event, FROM_NETWORK):
                log.failure("{event} broke a room: the node ends", event=type(event))
                self._stopped = True
                self._crashed()
                return []
            self._complain_once(event)
        if isinstance(event, broadcast.FrameReceived):
            self._transport.end_link(event.link, "error")
            self.feed(broadcast.LinkEnded(event.link, "error"))
        return []

    def _complain_once(self, event: Event) -> None:
        failure = Failure()
        kind = (type(event), failure.type)
        self.counts["dropped.broke_a_room"] += 1
        if kind not in self._complained:
            self._complained.add(kind)  # a few event types times a few errors
            log.failure(
                "a {event} from the network broke a room and was dropped",
                failure=failure,
                event=type(event).__name__,
            )

    def _moment(self) -> Moment:
        return Moment(self._reactor.seconds(), self._wall_ms())

    # --- effects out --------------------------------------------------------

    def _do(self, effect: Effect) -> None:
        match effect:
            case swim.SendPacket(to, parts, crc):
                self._transport.send_packet(to, parts, crc)
            case StartTimer(key, delay):
                self._start_timer(key, delay)
            case Count(what, by):
                self.counts[what] += by
            case Notify(happening):
                self._told(happening)
            case broadcast.SendFrames(link, frames):
                self._transport.send_frames(link, frames)
            case chat.Persist():
                self._persist(effect)
            case chat.Deliver(lines):
                for line in lines:
                    self._told(line)
            case chat.Answer(ask, entry_id) if ask in self._asks:
                self._asks.pop(ask).callback(entry_id)
            case chat.Refuse(ask, why) if ask in self._asks:
                self._asks.pop(ask).errback(Refused(why))
            case swim.OpenStream():
                self._open_stream(effect)
            case swim.AnswerStream(stream, message):
                self._transport.answer_stream(cast(int, stream), message)
            case broadcast.Dial(peer, address):
                self._transport.dial(peer, address)
            case broadcast.EndLink(link, reason):
                self._transport.end_link(link, reason)
            case broadcast.Load():
                self._load(effect)
            case swim.RememberMember() | swim.ForgetMember() | swim.RememberCounter():
                self._remember(effect)

    def _start_timer(self, key: Hashable, delay: float) -> None:
        due = self._reactor.seconds() + delay
        timer: IDelayedCall

        def fire() -> None:
            self._timers.discard(timer)
            self._notice_stall(due)
            self.feed(TimerFired(key))

        timer = self._reactor.callLater(delay, fire)
        self._timers.add(timer)

    def _notice_stall(self, due: float) -> None:
        """
        After a stall, what lies in the sockets is older than the timers: it is
        read first, and the rooms are told, so that nobody is blamed for our nap.
        """
        now = self._reactor.seconds()
        gap = now - due
        if gap > STALL and due >= self._awake_since:
            self._awake_since = now
            self.counts["stalls"] += 1
            self._transport.drain_udp()
            self.feed(Stalled(gap))

    def _open_stream(self, effect: swim.OpenStream) -> None:
        def answered(message: Message) -> None:
            self.feed(swim.StreamAnswered(effect.stream, message))

        def failed(failure: Failure) -> None:
            refused = isinstance(failure.value, Unreachable) and failure.value.refused
            why = failure.getErrorMessage()
            self.feed(swim.StreamFailed(effect.stream, why, refused))

        opened = self._transport.open_stream(effect.to, effect.message, effect.timeout)
        opened.addCallbacks(answered, failed)

    # --- the disk -----------------------------------------------------------

    def _persist(self, batch: chat.Persist) -> None:
        def done(outcome: int | GossipChatError) -> None:
            if isinstance(outcome, GossipChatError):
                event: Event = chat.PersistFailed(batch.number, str(outcome))
            else:
                event = chat.Persisted(batch.number, outcome)
            self._from_thread(event)

        self._store.persist(batch, done)

    def _load(self, load: broadcast.Load) -> None:
        where = (load.feed, load.first, load.last)

        def done(runs: object) -> None:
            found = tuple(runs) if isinstance(runs, list) else ()
            self._from_thread(broadcast.Loaded(load.link, *where, found))

        self._store.ask(lambda reader: reader.runs(*where, load.max_bytes), done)

    def _remember(
        self, fact: swim.RememberMember | swim.ForgetMember | swim.RememberCounter
    ) -> None:
        if isinstance(fact, swim.RememberMember):
            fact = replace(fact, wall_ms=self._wall_ms())
        self._store.remember((fact,))

    def _from_thread(self, event: Event) -> None:
        self._reactor.callFromThread(  # type: ignore[attr-defined]
            partial(self.feed, event)
        )

    # --- what the transport calls -------------------------------------------

    def packet_received(self, source: Address, messages: tuple[Message, ...]) -> None:
        self.feed(swim.PacketReceived(source, messages))

    def stream_received(
        self, stream: Hashable, source: Address, message: Message
    ) -> None:
        self.feed(swim.StreamReceived(stream, source, message))

    def link_opened(
        self, link: int, peer: AuthorKey, name: NodeName, dialled: bool
    ) -> None:
        self.feed(broadcast.LinkOpened(link, peer, dialled))

    def frame_received(self, link: int, frame: Frame) -> None:
        self.feed(broadcast.FrameReceived(link, frame))

    def link_ended(self, link: int, reason: str | None) -> None:
        self.feed(broadcast.LinkEnded(link, reason))

    def dial_failed(self, peer: AuthorKey, why: str) -> None:
        self.feed(broadcast.DialFailed(peer, why))

    def drained(self, link: int) -> None:
        self.feed(broadcast.Drained(link))

    def dropped(self, source: Address, problem: Exception) -> None:
        self.counts["dropped.undecodable"] += 1
        self._told(Undecodable(source, str(problem)))
