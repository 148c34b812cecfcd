"""Frames are handed over in turns, and of much that waits no more is read."""

from collections.abc import Callable

import pytest
from twisted.internet.task import Clock

from gossipchat.errors import DecodeError
from gossipchat.names import NodeName
from gossipchat.transport.links.hearing import AT_ONCE, RUN_BYTES, Hearing
from gossipchat.transport.links.inbox import MOST_BYTES, PIECE_BYTES, Inbox
from gossipchat.transport.turns import Turns
from gossipchat.wire.ours.frame_codec import encode_frame
from gossipchat.wire.ours.frames import (
    MAX_FIRST_FRAME_BYTES,
    MAX_RUNS_IN_FRAME,
    Close,
    Digest,
    Documents,
    Frame,
    Proof,
    Runs,
)

PROOF = Proof(1, bytes(32), NodeName("bob"))
LARGE = Runs((bytes(100_000),))


class Taker:
    def __init__(self) -> None:
        self.clock = Clock()
        self.turns = 0
        hearing = Hearing(Turns(self.clock), self.clock.seconds, self._heard)
        self.inbox = Inbox(self, hearing)
        self.taken: list[Frame] = []
        self.problems: list[DecodeError] = []
        self.holding = False
        self.when_taken: Callable[[], None] = lambda: None

    def _heard(self) -> None:
        self.turns += 1

    def take(self, frame: Frame) -> None:
        self.taken.append(frame)
        if isinstance(frame, Proof):
            self.inbox.open_up()
        self.when_taken()

    def broken(self, problem: DecodeError) -> None:
        self.problems.append(problem)

    def hold(self, on: bool) -> None:
        self.holding = on

    def feed(self, *frames: Frame) -> None:
        self.inbox.feed(b"".join(map(encode_frame, frames)))

    def turn(self) -> None:
        """One turn of the reactor: what is asked for in it comes in the next."""
        due, self.clock.calls = self.clock.calls, []
        for call in due:
            call.func()

    def all_turns(self) -> None:
        while self.clock.getDelayedCalls():
            self.turn()


@pytest.fixture
def taker() -> Taker:
    """One who has taken the proof already."""
    taker = Taker()
    taker.feed(PROOF)
    taker.all_turns()
    taker.taken.clear()
    return taker


def numbered(number: int) -> Digest:
    return Digest(number.to_bytes(32))


def test_frames_come_in_order_and_in_few_turns(taker: Taker) -> None:
    """Nothing is taken from inside the reading; then as many as a turn may have."""
    began = taker.turns
    frames = [numbered(number) for number in range(AT_ONCE + 1)]
    taker.feed(*frames)
    assert not taker.taken
    taker.all_turns()
    assert taker.taken == frames
    assert taker.turns - began == 2


def test_nothing_is_read_while_much_waits(taker: Taker) -> None:
    """A flood waits in the peer's buffers, not in ours."""
    frames = [numbered(number) for number in range(MOST_BYTES // 32)]
    taker.feed(*frames)
    assert taker.holding
    taker.all_turns()
    assert not taker.holding
    assert taker.taken == frames


def test_nothing_is_read_at_rest_unless_it_has_ended(taker: Taker) -> None:
    """What is on its way to be closed must not hang."""
    taker.inbox.rest(True)
    assert taker.holding
    taker.inbox.close()
    assert not taker.holding
    taker.inbox.rest(True)
    assert not taker.holding


def test_a_frame_in_pieces_is_put_together(taker: Taker) -> None:
    """However the network cuts it."""
    data = encode_frame(LARGE)
    for start in range(0, len(data), 1_000):
        taker.inbox.feed(data[start : start + 1_000])
    taker.all_turns()
    assert taker.taken == [LARGE]


def test_a_large_frame_right_behind_the_proof_is_welcome() -> None:
    """The limit for strangers ends with the proof, whatever came along with it."""
    taker = Taker()
    taker.feed(PROOF, LARGE, numbered(1))
    taker.all_turns()
    assert taker.taken == [PROOF, LARGE, numbered(1)]


def test_a_stranger_may_not_send_a_large_frame() -> None:
    """4 KiB is all that is read of a stranger."""
    taker = Taker()
    taker.inbox.feed((MAX_FIRST_FRAME_BYTES + 1).to_bytes(4))
    taker.all_turns()
    assert not taker.taken
    assert len(taker.problems) == 1


def test_nonsense_ends_it(taker: Taker) -> None:
    """What came before it is still handed over, what comes after it is not."""
    taker.feed(numbered(1))
    taker.inbox.feed(b"\x00\x00\x00\x01\xc1")
    taker.feed(numbered(2))
    taker.all_turns()
    assert taker.taken == [numbered(1)]
    assert len(taker.problems) == 1
    assert not taker.holding


def test_a_closed_inbox_hands_over_nothing(taker: Taker) -> None:
    """Not even what has come."""
    taker.feed(numbered(1), numbered(2))
    taker.inbox.close()
    taker.all_turns()
    taker.feed(numbered(3))
    assert not taker.taken
    assert not taker.holding


def test_whoever_takes_a_frame_may_close_the_inbox(taker: Taker) -> None:
    """A CLOSE frame does."""
    taker.when_taken = taker.inbox.close
    taker.feed(Close("leaving"), numbered(1))
    taker.all_turns()
    assert taker.taken == [Close("leaving")]


def test_the_end_comes_after_the_last_frame(taker: Taker) -> None:
    """What arrived before the connection broke is still good."""
    heard_at = []
    taker.feed(*map(numbered, range(3)))
    taker.inbox.finish(lambda: heard_at.append(len(taker.taken)))
    taker.all_turns()
    assert heard_at == [3]


def test_the_end_of_an_empty_inbox_comes_in_the_next_turn(taker: Taker) -> None:
    """There is nothing to wait for."""
    heard: list[bool] = []
    taker.inbox.finish(lambda: heard.append(True))
    taker.all_turns()
    assert heard == [True]


def test_a_frame_of_many_runs_comes_in_pieces(taker: Taker) -> None:
    """Their entries are all looked at: in one go, that would hold up the node."""
    runs = tuple(bytes([number + 1]) * 5_000 for number in range(MAX_RUNS_IN_FRAME))
    before = taker.turns
    taker.feed(Runs(runs))
    taker.all_turns()
    pieces = [frame.runs for frame in taker.taken if isinstance(frame, Runs)]
    assert [run for piece in pieces for run in piece] == list(runs)
    assert all(sum(map(len, piece)) <= PIECE_BYTES for piece in pieces)
    price_of_one = 1 + 5_000 // RUN_BYTES
    assert taker.turns - before > len(runs) * price_of_one // (AT_ONCE + price_of_one)


def test_documents_come_a_few_at_a_time(taker: Taker) -> None:
    """Each has a seal, too."""
    documents = tuple(bytes([number]) * 200 for number in range(100))
    before = taker.turns
    taker.feed(Documents(documents))
    taker.all_turns()
    pieces = [one.documents for one in taker.taken if isinstance(one, Documents)]
    assert [one for piece in pieces for one in piece] == list(documents)
    assert taker.turns - before == len(pieces) == 7


def test_what_nodes_send_stays_whole(taker: Taker) -> None:
    """A large run, or small ones in 8 KiB: what comes together goes on together."""
    small = Runs(tuple(bytes([number + 1]) * 160 for number in range(51)))
    taker.feed(LARGE, small, Documents(()))
    taker.all_turns()
    assert taker.taken == [LARGE, small, Documents(())]
