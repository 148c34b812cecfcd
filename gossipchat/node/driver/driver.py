"""
The one interpreter of a real peer's effects: it turns them into I/O, and what
comes back into events. (The simulator is the other interpreter.)

Everything of a peer runs in the reactor's thread, one event after the other;
the disk answers from its own threads.
"""

from collections import Counter, deque
from collections.abc import Callable, Hashable
from typing import Any, cast

from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import (
    IDelayedCall,
    IReactorFromThreads,
    IReactorTime,
)
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
from gossipchat.errors import Refused, TooFast, Unreachable
from gossipchat.names import Address, AuthorKey, EntryId
from gossipchat.node.care.keys import KeyKeeper
from gossipchat.node.driver.disk import Disk
from gossipchat.node.driver.ears import Ears
from gossipchat.node.driver.journal import Undecodable
from gossipchat.node.driver.questions import Heard, Questions
from gossipchat.peer.core import Peer
from gossipchat.peer.events import Effect, Event
from gossipchat.store.store import Store
from gossipchat.swim import events as swim
from gossipchat.transport.transport import Transport
from gossipchat.wire.memberlist.messages import Message

log = Logger()

STALL = 0.2
"""A timer this many seconds late means that the process did not run."""

SETTLING = 2.0
"""Seconds that a stop waits for the disk, so that what was asked is answered."""

FROM_NETWORK = (
    swim.PacketReceived,
    swim.StreamReceived,
    swim.StreamAnswered,
    swim.PacketRefused,
    broadcast.FrameReceived,
    broadcast.FramesReceived,
)

Request = (
    swim.EventAsked
    | swim.QueryAsked
    | swim.KeysAsked
    | swim.TagsAsked
    | swim.ReachabilityAsked
    | swim.RttAsked
    | chat.ReceiptAsked
)
"""What is asked of the peer and answered once."""


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
        self._answers: deque[Event] = deque()
        self._answers_called = False
        self._busy = False
        self._stopped = False
        self._timers: set[IDelayedCall] = set()
        self._awake_since = 0.0
        self._asks: dict[Hashable, Deferred[EntryId]] = {}
        self._questions = Questions()
        self._complained: set[tuple[type, type | None]] = set()
        self.counts: Counter[str] = Counter()
        self.ears = Ears(self.feed, self._unreadable, told)
        """What the transport tells what it hears."""

    def connect(
        self, peer: Peer, transport: Transport, store: Store, keys: KeyKeeper
    ) -> None:
        """Hand over what effects are carried out with, before the first event."""
        self._peer = peer
        self._transport = transport
        self._store = store
        self._disk = Disk(store, self._from_thread, self._wall_ms)
        self._keys = keys

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

    def ask(self, request: Request, heard: Heard | None = None) -> Deferred[Any]:
        """
        Feed *request*; fires with its outcome, fails with Refused.

        *heard*: is called with each reply to a query.
        """
        if self._stopped:
            return fail(Refused("the node is stopping: nobody can be asked"))
        fires = self._questions.begin(request.ask, heard)
        self.feed(request)
        return fires

    @property
    def has_keys(self) -> bool:
        """Whether there is a key ring that could be changed."""
        return self._keys.has_keys

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
        self._questions.stop()

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
        if isinstance(event, broadcast.FramesReceived):
            # one of them; what was taken in before it is known when it comes again
            self._events.extendleft(reversed(event.frames))
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
                if self._transport.send_frames(link, frames):
                    self.feed(broadcast.Drained(link))
            case chat.Persist():
                self._disk.persist(effect)
            case chat.Deliver(lines):
                for line in lines:
                    self._told(line)
            case chat.Answer(ask, entry_id) if ask in self._asks:
                self._asks.pop(ask).callback(entry_id)
            case chat.Refuse(ask, why, retry_after) if ask in self._asks:
                slow = retry_after is not None
                error = TooFast(why, retry_after or 0.0) if slow else Refused(why)
                self._asks.pop(ask).errback(error)
            case chat.Reveal():
                self._disk.reveal(effect)
            case swim.OpenStream():
                self._open_stream(effect)
            case swim.AnswerStream(stream, message):
                self._transport.answer_stream(cast(int, stream), message)
            case broadcast.Dial(peer, address):
                self._transport.dial(peer, address)
            case broadcast.EndLink(link, reason):
                self._transport.end_link(link, reason)
            case broadcast.Rename():
                self._disk.rename(effect)
            case broadcast.Load():
                self._disk.load(effect)
            case swim.RememberMember() | swim.ForgetMember() | swim.RememberCounter():
                self._disk.remember(effect)
            case swim.Answered() | swim.Declined() | swim.QueryHeard():
                self._questions.take(effect)
            case chat.ReceiptTold(ask, receipt):
                busy = "too many ask for receipts at once: try again"
                told = swim.Declined(ask, busy) if receipt is None else None
                self._questions.take(told or swim.Answered(ask, receipt))
            case swim.KeyTask():
                self._keys.carry_out(effect).addCallback(self.feed)
            case swim.ProveAddress(key, address):
                self._prove(key, address)

    def _start_timer(self, key: Hashable, delay: float) -> None:
        if self._stopped:
            return  # by somebody who was told something a moment ago
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

    def _prove(self, key: AuthorKey, address: Address) -> None:
        def failed(failure: Failure) -> None:
            why = failure.getErrorMessage()
            self.feed(swim.AddressNotProven(key, address, why))

        self._transport.prove(key, address).addCallbacks(
            lambda _: self.feed(swim.AddressProven(key, address)), failed
        )

    def _unreadable(self, what: Undecodable) -> None:
        self.counts["dropped.undecodable"] += 1
        self._told(what)

    def _from_thread(self, event: Event) -> None:
        """Waking the reactor costs: answers that come together come in one go."""
        self._answers.append(event)
        if not self._answers_called:
            self._answers_called = True
            threads = IReactorFromThreads(self._reactor)
            threads.callFromThread(self._take_answers)

    def _take_answers(self) -> None:
        self._answers_called = False  # first: what is added from now on calls again
        while self._answers:
            self.feed(self._answers.popleft())
