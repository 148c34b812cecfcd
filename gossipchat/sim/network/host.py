"""
A machine of the simulated network, as its kernel sees it.

One program runs on it, or none. It may be paused: then its timers are late, and what
comes in waits in the kernel's buffers, of which that for datagrams is small. Or its
messages alone are held, out and in, while its clocks go on.
"""

from collections import deque
from collections.abc import Callable, Hashable
from functools import partial
from typing import Protocol

from gossipchat.sim.network.network import Network

BUFFER_BYTES = 212_992
"""Linux's default receive buffer of a UDP socket."""

LEAST_CHARGE = 832
"""Bytes of the buffer that a small datagram takes: about 256 fit."""

HEADERS = 640
"""What the kernel keeps beside a larger datagram's bytes."""

Waiting = tuple[int, Callable[[], None]]
"""Something that came in: what it takes of the buffer, and how it is read."""

Reply = Callable[[object, int], None]
"""Called with the answer to a stream and its size in bytes."""


class Program(Protocol):
    """What runs on a host."""

    sockets_first: bool
    """After a pause, whether it reads what came in before its late timers fire."""
    threaded: bool
    """Whether it goes on while one of its threads waits to send or to read."""

    def read(self, source: "Host", datagram: object) -> None:
        """A datagram came."""

    def asked(self, source: "Host", message: object, reply: Reply) -> None:
        """Somebody opened a stream and said *message*; maybe ``reply``."""

    def resumed(self, gap: float) -> None:
        """The host was paused for *gap* seconds; its sockets are empty now."""


class Host:
    """One machine at a *place* of the network."""

    def __init__(self, network: Network, place: Hashable) -> None:
        self.network = network
        self.place = place
        self.program: Program | None = None
        self.life = 0
        """Which process this is: one more for each that ended."""
        self.up = True
        """Off the network, nothing that is sent here is answered, nor refused."""
        self.packets_sent = 0
        self.bytes_sent = 0
        """Of datagrams, without IP's and UDP's 28 bytes each."""
        self.stream_bytes = 0
        """Sent over streams, without TCP's own."""
        self.dropped = 0
        """Datagrams for which the buffer had no room."""
        self.buffer_bytes = BUFFER_BYTES
        """Room for datagrams that wait; a program may ask its kernel for more."""
        self.reading = 0.0
        """Seconds that reading one thing takes which waited while messages were held;
        0: all is read at once when they are held no more."""
        self.stills: list[tuple[float, float]] = []
        """From when to when no process ran; what lasts is not among them yet."""
        self.paused = False
        self.held = False
        """Whether whoever sends or reads waits, and the clocks go on."""
        self._still_since: float | None = None
        self._buffered = 0
        self._arrived = deque[Waiting]()
        self._late: list[Callable[[], object]] = []
        self._unsent: list[Callable[[], None]] = []

    # --- its fate -------------------------------------------------------------

    def run(self, program: Program) -> None:
        """A new process begins."""
        if self.program is not None:
            self.kill()
        self._runs_again()
        self.program, self.up = program, True

    def kill(self) -> None:
        """The process is gone without a word; the kernel refuses who dials."""
        self.program, self.paused, self.held = None, False, False
        self.life += 1
        self._stops_running()
        self._empty()

    def vanish(self) -> None:
        """The whole machine is gone."""
        self.kill()
        self.up = False

    def pause(self) -> None:
        """The process does not run, but the kernel keeps its sockets."""
        if self.program is not None:
            self.paused = True
            self._stops_running()

    def hold(self) -> None:
        """
        Whoever sends or reads stands still, all else goes on.

        A program of one thread is thereby paused: its first packet stops it whole.
        """
        if self.program is not None and self.program.threaded:
            self.held = True
            self._stops_running()
        else:
            self.pause()

    def resume(self) -> None:
        """It runs again, or may send and read again."""
        if self.held:
            self._let_go()
        if not self.paused or self.program is None:
            return
        woken: Callable[[], object] = partial(self.program.resumed, self._runs_again())
        late, arrived = self._late, [read for _, read in self._arrived]
        self._empty()
        if self.program.sockets_first:
            things = [*arrived, woken, *late]
        else:
            things = [*late, *arrived, woken]
        self.paused = False
        life = self.life
        for thing in things:
            if life == self.life:
                thing()

    def _let_go(self) -> None:
        """Who waits to send does; then what waits is read, which takes its time."""
        self._runs_again()
        self.held = False
        waiting, self._unsent = self._unsent, []
        for send in waiting:
            send()
        self._read_on()

    def _read_on(self) -> None:
        while self._arrived and not self.held:
            charge, read = self._arrived.popleft()
            self._buffered -= charge
            read()
            if self.reading:
                self.after(self.reading, self._read_on)
                return

    def stood_still(self, since: float) -> bool:
        """Whether it did not run at some moment from *since* to now."""
        if self._still_since is not None:
            return True
        return bool(self.stills) and self.stills[-1][1] >= since

    def _stops_running(self) -> None:
        if self._still_since is None:
            self._still_since = self.network.heap.now

    def _runs_again(self) -> float:
        """For how long it has stood still."""
        now, since = self.network.heap.now, self._still_since
        if since is None:
            return 0.0
        self.stills.append((since, now))
        self._still_since = None
        return now - since

    def _empty(self) -> None:
        self._arrived, self._buffered = deque(), 0
        self._late, self._unsent = [], []

    # --- its program's wishes -------------------------------------------------

    def after(self, delay: float, do: Callable[[], object]) -> None:
        """Call *do* in *delay* seconds; late while paused, never in another life."""
        life = self.life

        def due() -> None:
            if life != self.life:
                return
            if self.paused:
                self._late.append(do)
            else:
                do()

        self.network.heap.after(delay, due)

    def when_free(self, do: Callable[[], None]) -> None:
        """*do* sends something: now, or once it is no longer held."""
        if self.held:
            self._unsent.append(do)
        else:
            do()

    def send(self, target: "Host | None", datagram: object, size: int) -> None:
        """Let a datagram of *size* bytes travel; to nowhere, it is lost."""
        self.packets_sent += 1
        self.bytes_sent += size
        if target is not None:
            arrive = partial(target.receive, self, datagram, size)
            self.network.send(self.place, target.place, arrive)

    # --- what reaches it ------------------------------------------------------

    def receive(self, source: "Host", datagram: object, size: int) -> None:
        """A datagram is here: read at once, or when there is room and time."""
        if self.program is None:
            return
        if not (self.paused or self.held or self._arrived):
            self.program.read(source, datagram)
            return
        charge = max(LEAST_CHARGE, size + HEADERS)
        if self._buffered + charge > self.buffer_bytes:
            self.dropped += 1
        else:
            self._buffered += charge
            read = partial(self.program.read, source, datagram)
            self._arrived.append((charge, read))

    def when_awake(self, do: Callable[[], None]) -> None:
        """Something came over a stream: *do* it now, or when the pause is over."""
        if self.paused or self.held or self._arrived:
            self._arrived.append((0, do))
        else:
            do()
