"""What is told, how often, and in how many bytes."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gossipchat.names import NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.dissemination.queue import MAX_PARTS, Broadcasts, Queue
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.wire.memberlist.messages import State
from tests.pure.swim.builders import ME, MY_ADDRESS

PLENTY = 10_000


def take(queue: Queue, room: int = PLENTY, quota: int = 3) -> list[bytes]:
    return queue.take(room, MAX_PARTS, quota)


def broadcasts(size: int = 1, budget: int = 1400) -> Broadcasts:
    """What a node tells that knows *size* members, itself included."""
    members = Members(Entry(ME, MY_ADDRESS, state=State.ALIVE), Random(0))
    for number in range(size - 1):
        members.list_anew(Entry(NodeName(f"m{number}"), MY_ADDRESS))
    return Broadcasts(SwimConfig.lan(), members, budget)


def test_the_longest_goes_first_then_the_newest() -> None:
    """Among messages that were sent equally often."""
    queue = Queue(100)
    for body in (b"old", b"longest", b"new"):
        queue.put(body)
    assert take(queue) == [b"longest", b"new", b"old"]


def test_the_least_sent_goes_first() -> None:
    """A newcomer overtakes all that was sent before."""
    queue = Queue(100)
    queue.put(b"sent before, and longer")
    take(queue)
    queue.put(b"new")
    assert take(queue) == [b"new", b"sent before, and longer"]


def test_a_message_is_sent_its_quota_and_once_a_packet() -> None:
    """Each selection is one transmit; then it's done."""
    queue = Queue(100)
    serial = queue.put(b"news")
    for sends in range(3):
        assert queue.holds(serial), sends
        assert take(queue) == [b"news"]
    assert not queue.holds(serial)
    assert take(queue) == []


def test_what_does_not_fit_lets_shorter_ones_pass() -> None:
    """Repeatedly the longest that still fits; 2 bytes a message for its length."""
    queue = Queue(100)
    for length in (50, 40, 30, 6):
        queue.put(bytes(length))
    assert [len(body) for body in take(queue, room=51)] == [40, 6]


def test_the_room_counts_to_the_byte() -> None:
    """A message of n bytes needs n + 2."""
    queue = Queue(100)
    queue.put(bytes(10))
    assert take(queue, room=11) == []
    assert take(queue, room=12) == [bytes(10)]


def test_news_about_a_member_replaces_older_news() -> None:
    """Even when it is shorter, or the older was half told."""
    queue = Queue(100)
    first = queue.put(b"suspect, at length", NodeName("bob"))
    take(queue)
    queue.put(b"dead", NodeName("bob"))
    queue.put(b"of another", NodeName("joe"))
    assert not queue.holds(first)
    assert take(queue) == [b"of another", b"dead"]


def test_a_full_queue_gives_up_what_was_sent_most() -> None:
    """The bound holds, and the news gets through."""
    queue = Queue(2)
    for body in (b"old", b"older news"):
        queue.put(body)
        take(queue)
    queue.put(b"news")
    assert len(queue) == 2
    assert take(queue)[0] == b"news"


@pytest.mark.parametrize(
    ("size", "quota"), [(1, 4), (2, 4), (9, 4), (10, 8), (99, 8), (100, 12), (999, 12)]
)
def test_the_quota_grows_with_the_cluster(size: int, quota: int) -> None:
    """RetransmitMult * ceil(log10(n + 1))."""
    assert broadcasts(size).quota == quota


def test_claims_go_before_intents_queries_and_events() -> None:
    """memberlist's first, then Serf's three, sharing what is left."""
    queues = broadcasts()
    queues.events.put(b"event, the longest")
    queues.queries.put(b"query")
    queues.intents.put(b"intent")
    queues.claim(NodeName("bob"), b"c")
    assert queues.batch() == (b"c", b"intent", b"query", b"event, the longest")


def cost(parts: tuple[bytes, ...]) -> int:
    """A compound's bytes."""
    return 2 + sum(2 + len(part) for part in parts)


@given(
    st.lists(st.integers(1, 900), max_size=60),
    st.integers(1, 900),
    st.integers(1100, 1400),
)
def test_no_packet_is_longer_than_its_budget(
    lengths: list[int], primary: int, budget: int
) -> None:
    """Bare gossip and what rides on an ack: to the byte."""
    queues = broadcasts(budget=budget)
    for number, length in enumerate(lengths):
        queues.claim(NodeName(str(number)), bytes(length))
        queues.events.put(bytes(length))
    assert cost(queues.batch()) <= budget
    riding = queues.riding_on(bytes(primary))
    assert riding[0] == bytes(primary)
    assert cost(riding) <= budget


def test_a_packet_can_be_filled_to_the_last_byte() -> None:
    """1400 = 2 + (2 + 696) + (2 + 698)."""
    queues = broadcasts()
    queues.claim(NodeName("bob"), bytes(696))
    queues.claim(NodeName("joe"), bytes(699))
    assert [len(part) for part in queues.batch()] == [699]
    queues.claim(NodeName("joe"), bytes(698))
    assert cost(queues.batch()) == 1400


def test_what_never_fits_is_not_kept() -> None:
    """memberlist keeps it in the queue for ever; 1396 bytes is the most."""
    queues = broadcasts()
    assert queues.fits(bytes(1396))
    assert not queues.fits(bytes(1397))
    queues.claim(NodeName("bob"), bytes(1397))
    assert not queues


def test_a_compound_has_no_more_parts_than_old_peers_read() -> None:
    """128 and more are garbage to memberlist up to 0.2.3."""
    queues = broadcasts()
    for number in range(300):
        queues.claim(NodeName(str(number)), b"abc")
    assert len(queues.batch()) == 127
    assert len(queues.riding_on(b"ack")) == 127


@given(st.lists(st.sampled_from(["bob", "joe", "", "take"]), max_size=40))
def test_the_queue_ends_empty_whatever_happens(steps: list[str]) -> None:
    """Everything is sent its quota at most, and nothing is lost from the count."""
    queue, told = Queue(5), 0
    for number, step in enumerate(steps):
        if step == "take":
            told += len(take(queue, room=40))
        else:
            queue.put(bytes(number % 7 + 1), NodeName(step) if step else None)
        assert len(queue) <= 5
    for _ in range(20):
        told += len(take(queue))
    assert len(queue) == 0
    assert told <= 3 * len(steps)
