"""Streams that end: all items, in order, and no faster than they are read."""

from collections.abc import Callable

import pytest
from twisted.internet.defer import succeed
from twisted.python.failure import Failure

from gossipchat.faces.socket.streams import (
    AT_ONCE,
    PAGE_LINES,
    Listing,
)
from gossipchat.swim.events import Status
from gossipchat.testing import FakeNode
from tests.shell.faces.builders import Talker, numbered, talking, texts

LINE_FIELDS = ["n", "id", "author", "epoch", "seq", "room", "nick", "kind", "text"]
LINE_FIELDS += ["time", "arrived", "late"]
MEMBER_FIELDS = ["name", "id", "address", "status", "incarnation", "rtt_ms", "tags"]


def test_tail_brings_the_last_20() -> None:
    """Without since; then the end."""
    *items, end = Talker(talking(*numbered(30))).ask(1, "tail")
    assert texts(items) == numbered(30)[10:]
    assert end == {"id": 1, "end": True}
    assert list(items[0]["item"]) == LINE_FIELDS


@pytest.mark.parametrize("count", [1, PAGE_LINES, 3 * PAGE_LINES + 1])
def test_tail_since_brings_all_that_came_after(count: int) -> None:
    """However many pages that takes."""
    got = Talker(talking(*numbered(count + 2))).ask(1, "tail", since=2)
    assert texts(got) == numbered(count + 2)[2:]
    assert "end" in got[-1]


def test_a_page_is_put_into_objects_as_it_is_read() -> None:
    """A thousand at once would hold up the node for 20 milliseconds."""
    shown: list[int] = []

    class Narrow:
        """Has room for one more at a time."""

        items: list[object] = []  # noqa: RUF012
        room = 3

        @property
        def full(self) -> bool:
            return len(self.items) >= self.room

        def item(self, item: dict[str, object]) -> None:
            self.items.append(item)

        def end(self) -> None:
            self.items.append("end")

        def soon(self, call: Callable[[], None]) -> None:
            call()

        def fail(self, failure: Failure) -> None:
            failure.raiseException()

    def show(number: int) -> dict[str, object]:
        shown.append(number)
        return {"n": number}

    channel = Narrow()
    page = Listing(channel, lambda: succeed(list(range(5))), show)
    page.start()
    assert shown == [0, 1, 2]
    channel.room = 99
    page.resume()
    assert channel.items == [*({"n": n} for n in range(5)), "end"]


def test_tail_of_one_room_has_no_other() -> None:
    """Live lines neither."""
    node = talking("here")
    node.hear("elsewhere", "bob", "there")
    talker = Talker(node)
    assert texts(talker.ask(1, "tail", room="#Lobby", since=0, follow=True)) == ["here"]
    node.hear("elsewhere", "bob", "there again")
    node.hear("lobby", "bob", "here again")
    assert texts(talker.got()) == ["here again"]


def test_times_are_iso_8601_in_utc_with_milliseconds() -> None:
    """And a clock that is absurd breaks nothing."""
    node = FakeNode()
    for wall_ms in (1_700_000_000_007, -1, 2**63, -(2**63)):
        node.wall_ms = wall_ms
        node.hear("lobby", "bob", "x")
    times = [m["item"]["time"] for m in Talker(node).ask(1, "tail") if "item" in m]
    assert times == [
        "2023-11-14T22:13:20.007Z",
        "1969-12-31T23:59:59.999Z",
        "9999-12-31T23:59:59.999Z",
        "0001-01-01T00:00:00.000Z",
    ]


def test_history_comes_in_pages_before_an_id() -> None:
    """Kinds that carry text, unless all are wanted."""
    node = talking(*numbered(5))
    node.hear("lobby", "bob", "+", kind="react")
    talker = Talker(node)
    assert texts(talker.ask(1, "history", room="lobby")) == numbered(5)
    assert texts(talker.ask(2, "history", room="lobby", all=True))[-1] == "+"
    before = str(node.kept[3].id)
    page = talker.ask(3, "history", room="lobby", before=before, limit=2)
    assert texts(page) == ["line 1", "line 2"]


def test_rooms_have_their_fields() -> None:
    """Users, topic, and when something was last said."""
    node = talking("hello")
    node.hear("lobby", "amy", "news", kind="topic")
    (room, _end) = Talker(node).ask(1, "rooms")
    assert room["item"] == {
        "room": "#lobby",
        "users": 2,
        "topic": "news",
        "last": "2023-11-14T22:13:20.000Z",
    }


def test_members_have_their_fields() -> None:
    """Round trips in milliseconds; null for what is unknown."""
    node = FakeNode()
    node.change(FakeNode.member("bob", Status.SUSPECT, role="web"))
    (_alice, bob, _end) = Talker(node).ask(1, "members")
    assert list(bob["item"]) == MEMBER_FIELDS
    assert bob["item"]["status"] == "suspect"
    assert bob["item"]["rtt_ms"] == 12.5
    assert bob["item"]["tags"] == {"role": "web"}


def test_a_long_list_leaves_room_for_other_things() -> None:
    """64 items a turn of the reactor, or 10,000 members would hold it for half a
    second; what changes meanwhile is shown as it has become."""
    node = FakeNode("a")
    for number in range(2 * AT_ONCE):
        node.change(FakeNode.member(f"n{number:03}"))
    talker = Talker(node)
    talker.feed(b'{"v":1,"id":1,"do":"members"}\n')
    assert [m["item"]["name"] for m in talker.got_now()][-1] == f"n{AT_ONCE - 2:03}"
    last = f"n{2 * AT_ONCE - 1:03}"
    node.change(FakeNode.member(last, Status.DEAD))
    *rest, end = talker.got()
    assert rest[-1]["item"] | {"name": last, "status": "dead"} == rest[-1]["item"]
    assert (len(rest), end["end"]) == (AT_ONCE + 1, True)
