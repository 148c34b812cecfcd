"""Following: each item once, in order, and no faster than it is read."""

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from gossipchat.chat.events import Line
from gossipchat.errors import StoreError
from gossipchat.faces.socket.streams import (
    MAX_WAITING_LINES,
    PAGE_LINES,
    Tail,
)
from gossipchat.swim.events import Status
from gossipchat.testing import FakeNode
from tests.shell.faces.builders import Message, Talker, numbered, talking, texts


def test_following_alone_brings_only_what_comes() -> None:
    """The past is another question."""
    node = talking("before")
    talker = Talker(node)
    assert talker.ask(1, "tail", follow=True) == []
    node.hear("lobby", "bob", "after")
    assert texts(talker.got()) == ["after"]


def test_following_with_last_begins_with_those() -> None:
    """What a terminal shows: some past, then what comes."""
    node = talking(*numbered(5))
    talker = Talker(node)
    assert texts(talker.ask(1, "tail", follow=True, last=2)) == ["line 3", "line 4"]
    node.hear("lobby", "bob", "after")
    assert texts(talker.got()) == ["after"]


def test_a_stream_ends_when_it_is_stopped() -> None:
    """And lets go of the node."""
    node = FakeNode()
    talker = Talker(node)
    talker.ask(1, "tail", follow=True)
    got = talker.ask(2, "stop", which=1)
    assert got == [{"id": 1, "end": True}, {"id": 2, "ok": {"stopped": True}}]
    assert node.watchers == 0
    assert talker.ask(3, "stop", which=1)[0]["ok"] == {"stopped": False}


def test_a_client_that_goes_leaves_nothing_behind() -> None:
    """Whatever it followed."""
    node = FakeNode()
    talker = Talker(node)
    talker.ask(1, "tail", follow=True)
    talker.ask(2, "members", follow=True)
    talker.hang_up()
    assert node.watchers == 0


def test_a_17th_stream_is_refused() -> None:
    """With what to do instead."""
    talker = Talker(FakeNode())
    for number in range(16):
        assert talker.ask(number, "tail", follow=True) == []
    (answer,) = talker.ask(16, "tail", follow=True)
    assert answer["error"]["kind"] == "refused"
    assert "stop one" in answer["error"]["text"]


def test_members_follow_tells_each_change_with_its_time() -> None:
    """First all, without a time."""
    node = FakeNode()
    talker = Talker(node)
    (alice,) = talker.ask(1, "members", follow=True)
    assert "time" not in alice["item"]
    node.change(FakeNode.member("bob"))
    node.change(FakeNode.member("bob", Status.DEAD))
    news = [message["item"] for message in talker.got()]
    assert [one["status"] for one in news] == ["alive", "dead"]
    assert news[0]["time"] == "2023-11-14T22:13:20.000Z"


def test_a_client_that_does_not_read_gets_the_latest_of_each_member() -> None:
    """Never a queue of all that happened."""
    node = FakeNode()
    talker = Talker(node)
    talker.ask(1, "members", follow=True)
    talker.leave_unread()
    for status in (Status.ALIVE, Status.SUSPECT, Status.DEAD) * 100:
        node.change(FakeNode.member("bob", status))
    assert talker.got() == []
    assert [m["item"]["status"] for m in talker.read_again()] == ["dead"]


def test_a_client_that_does_not_read_misses_no_line() -> None:
    """What didn't fit into memory is read from the store when it reads again."""
    node = FakeNode()
    talker = Talker(node)
    talker.ask(1, "tail", follow=True)
    talker.leave_unread()
    for text in numbered(4 * MAX_WAITING_LINES):
        node.hear("lobby", "bob", text)
    assert talker.got() == []
    assert texts(talker.read_again()) == numbered(4 * MAX_WAITING_LINES)


def test_a_store_that_fails_ends_the_stream_with_the_reason() -> None:
    """And lets go of the node."""

    class BrokenNode(FakeNode):
        def lines(
            self, room: str | None, since: int | None, limit: int
        ) -> Deferred[list[Line]]:
            raise StoreError("the disk is gone")

    node = BrokenNode()
    (answer,) = Talker(node).ask(1, "tail", since=0, follow=True)
    assert answer["error"] == {"kind": "store", "text": "the disk is gone"}
    assert node.watchers == 0


# --- the law ----------------------------------------------------------------


class SlowStore(FakeNode):
    """A node whose store answers when it is told to, with what it has by then."""

    def __init__(self) -> None:
        super().__init__()
        self._asked: list[tuple[Deferred[list[Line]], Any]] = []

    def lines(
        self, room: str | None, since: int | None, limit: int
    ) -> Deferred[list[Line]]:
        fires: Deferred[list[Line]] = Deferred()
        self._asked.append((fires, (room, since, limit)))
        return fires

    def answer(self) -> bool:
        """Answer the oldest question; whether there was one."""
        if not self._asked:
            return False
        fires, asked = self._asked.pop(0)
        super().lines(*asked).chainDeferred(fires)
        return True


class Hose:
    """A channel that is open or shut, and keeps what came out."""

    def __init__(self) -> None:
        self.full = False
        self.numbers: list[int] = []
        self._waiting: list[Callable[[], None]] = []

    def item(self, item: Message) -> None:
        self.numbers.append(item["n"])

    def soon(self, call: Callable[[], None]) -> None:
        self._waiting.append(call)

    def turn(self) -> bool:
        """The reactor's next turn; whether anything waited for it."""
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            call()
        return bool(waiting)

    def end(self) -> None:
        raise AssertionError("a follower doesn't end")

    def fail(self, failure: Failure) -> None:
        failure.raiseException()


STEPS = st.lists(
    st.one_of(
        st.integers(1, MAX_WAITING_LINES + 1),
        st.sampled_from(["full", "free", "page", "turn"]),
    ),
    max_size=12,
)


@given(STEPS, st.integers(0, 300), st.none() | st.integers(0, 300), st.integers(0, 40))
def test_a_follower_gets_each_line_once_in_order(
    steps: list[int | str], before: int, since: int | None, last: int
) -> None:
    """However lines, pages, and a client that stops reading fall together."""
    node, hose = SlowStore(), Hose()
    for _ in range(before):
        node.hear("lobby", "bob", "x")
    tail = Tail(hose, node, None, since, last, follow=True)
    tail.start()
    for step in steps:
        match step:
            case "full":
                hose.full = True
            case "free":
                hose.full = False
                tail.resume()
            case "page":
                node.answer()
            case "turn":
                hose.turn()
            case int(count):
                for _ in range(count):
                    node.hear("lobby", "bob", "x")
        assert tail.held <= MAX_WAITING_LINES + PAGE_LINES
    hose.full = False
    tail.resume()
    while node.answer() or hose.turn():
        pass
    tail.stop()
    assert node.watchers == 0
    expected = [line.n for line in node.kept]
    if since is not None:
        assert hose.numbers == [n for n in expected if n > since]
    elif last == 0:
        assert hose.numbers == [n for n in expected if n > before]
    else:  # the last ones as of when the store answered, and all after them
        assert hose.numbers == expected[len(expected) - len(hose.numbers) :]
        assert len(hose.numbers) >= min(last, len(expected))
