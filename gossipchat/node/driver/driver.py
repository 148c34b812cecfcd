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

from gossipchat.broadcast import events as broadcast
from gossipchat.chat import events as chat
from gossipchat.effects import (
    Broke,
    Count,
    Moment,
    Notify,
    Stalled,
    StartTimer,
    TimerFired,
)
from gossipchat.errors import Refused, TooFast
from gossipchat.names import EntryId
from gossipchat.node.care.keys import KeyKeeper
from gossipchat.node.driver.asked import open_stream, prove
from gossipchat.node.driver.disk import Disk
from gossipchat.node.driver.ears import Ears
from gossipchat.node.driver.journal import Undecodable
from gossipchat.node.driver.mishaps import Mishaps
from gossipchat.node.driver.questions import Heard, Questions, Request
from gossipchat.peer.core import Peer
from gossipchat.peer.events import Effect, Event
from gossipchat.store.store import Store
from gossipchat.swim import events as swim
from gossipchat.transport.transport import Transport

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
    broadcast.Salvaged,  # or it would break them at each start
)

LEFT_UNDONE = (
    swim.SendPacket,
    swim.AnswerStream,
    broadcast.EndLink,
    chat.Deliver,
    Notify,
    Count,
)
"""Effects that no room relies on: packets get lost, and watchers may fail."""


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
        self.counts: Counter[str] = Counter()
        self._mishaps = Mishaps(self.counts)
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
                    self._carry_out(effect)
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
        except Exception as problem:
            if isinstance(event, FROM_NETWORK):
                return [Notify(Broke(event, problem))]
            log.failure("{event} broke a room: the node ends", event=type(event))
            self._crash()
            return []

    def _notify(self, happening: object) -> None:
        if isinstance(happening, Broke):
            self._follow_break(happening.what, happening.problem)
        else:
            self._told(happening)

    def _follow_break(self, what: object, problem: Exception) -> None:
        self._mishaps.broke_a_room(what, problem)
        if isinstance(what, broadcast.FramesReceived):
            # one of them; what was taken in before it is known when it comes again
            self._events.extendleft(reversed(what.frames))
        if isinstance(what, broadcast.FrameReceived):
            self._break_link(what.link)

    def _crash(self) -> None:
        self._stopped = True
        self._crashed()

    def _break_link(self, link: broadcast.Link) -> None:
        self._transport.end_link(link, "error")
        self.feed(broadcast.LinkEnded(link, "error"))

    def _moment(self) -> Moment:
        return Moment(self._reactor.seconds(), self._wall_ms())

    # --- effects out --------------------------------------------------------

    def _carry_out(self, effect: Effect) -> None:
        """
        What can't be done and nobody relies on is left undone; without the rest the
        rooms would wait for ever, so the node ends. Raises nothing: a reader that
        raises is dropped by the reactor, and the node would be deaf.
        """
        try:
            self._do(effect)
        except Exception as problem:
            if isinstance(effect, broadcast.SendFrames):
                self._mishaps.not_done(effect, problem)
                self._break_link(effect.link)
            elif isinstance(effect, LEFT_UNDONE):
                self._mishaps.not_done(effect, problem)
            else:
                log.failure("{effect} failed: the node ends", effect=type(effect))
                self._crash()

    def _do(self, effect: Effect) -> None:
        match effect:
            case swim.SendPacket(to, parts, crc):
                self._transport.send_packet(to, parts, crc)
            case StartTimer(key, delay):
                self._start_timer(key, delay)
            case Count(what, by):
                self.counts[what] += by
            case Notify(happening):
                self._notify(happening)
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
                open_stream(self._transport, effect, self.feed)
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
                self._change_keys(effect)
            case swim.ProveAddress():
                prove(self._transport, effect, self.feed)

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

    def _change_keys(self, task: swim.KeyTask) -> None:
        done = self._keys.carry_out(task).addCallback(self.feed)
        done.addErrback(lambda why: log.failure("a change of keys broke", failure=why))

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
