"""When and with whom push/pulls happen."""

from dataclasses import replace

import pytest

from gossipchat.effects import StartTimer, TimerFired
from gossipchat.names import NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.dissemination.exchange import ExchangeDue
from gossipchat.swim.events import (
    AnswerStream,
    JoinAsked,
    Joined,
    JoinFailed,
    OpenStream,
    StreamAnswered,
    StreamFailed,
    StreamReceived,
)
from gossipchat.wire.memberlist.messages import (
    Ack,
    Err,
    NodeState,
    Ping,
    PushPull,
    State,
    User,
)
from gossipchat.wire.serf.codec import encode_serf
from gossipchat.wire.serf.messages import JoinIntent, LeaveIntent
from tests.pure.swim.builders import (
    ALIVE,
    BOB,
    EVE,
    ME,
    Driven,
    address_of,
    alive,
    counted,
    dead,
    notified,
    of_kind,
    quiet,
    serf_sent,
    suspect,
)

SEED = address_of(BOB)
BOBS = NodeState(BOB, SEED, b"", 1, State.ALIVE, (1, 5, 2, 2, 5, 5))


def joining() -> tuple[Driven, OpenStream]:
    node = Driven(quiet()).start()
    (stream,) = of_kind(node.feed(JoinAsked(SEED)), OpenStream)
    return node, stream


def pushed(node: Driven, seconds: float) -> list[OpenStream]:
    """The push/pulls opened in that time."""
    opened = of_kind(node.advance(seconds), OpenStream)
    return [stream for stream in opened if isinstance(stream.message, PushPull)]


def test_joining_swaps_all_we_know_with_the_seed() -> None:
    """Join = true, within tcp_timeout."""
    _, stream = joining()
    assert (stream.to, stream.timeout) == (SEED, 10.0)
    assert isinstance(stream.message, PushPull)
    assert stream.message.join
    assert [state.name for state in stream.message.nodes] == [ME]


def test_after_joining_we_say_that_we_are_here() -> None:
    """A join intent, told to all, with a time after all that was heard."""
    node, stream = joining()
    effects = node.feed(StreamAnswered(stream.stream, PushPull(True, (BOBS,))))
    assert notified(effects, Joined) == [Joined(SEED, 1)]
    assert node.status(BOB) is ALIVE
    assert serf_sent(node.advance(1), JoinIntent)[0].node == ME


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Err("wrong key"), "it refused us: wrong key"),
        (Ack(1), "it answered with Ack"),
        (
            PushPull(True, (replace(BOBS, vsn=(1, 5, 2, 2, 4, 4)),)),
            "its cluster can't be ours",
        ),
    ],
)
def test_a_join_that_fails_says_why(answer: PushPull | Ack | Err, says: str) -> None:
    """And nothing is merged, and nothing told."""
    node, stream = joining()
    effects = node.feed(StreamAnswered(stream.stream, answer))
    (failed,) = notified(effects, JoinFailed)
    assert says in failed.why
    assert node.status(BOB) is None
    assert not serf_sent(node.advance(1), JoinIntent)


def test_nobody_there_is_said_so() -> None:
    """The shell's own words."""
    node, stream = joining()
    effects = node.feed(StreamFailed(stream.stream, "connection refused", True))
    assert notified(effects, JoinFailed) == [JoinFailed(SEED, "connection refused")]


def test_two_joins_are_told_apart() -> None:
    """Each has its own stream."""
    node, first = joining()
    (second,) = of_kind(node.feed(JoinAsked(SEED)), OpenStream)
    assert first.stream != second.stream


def test_an_exchange_comes_once_an_interval_after_a_stagger() -> None:
    """30 s, the first anywhere within."""
    firsts = []
    for seed in range(20):
        node = Driven(seed=seed, answered=True).start(BOB)
        begin = node.now
        while not pushed(node, 0.5):
            assert node.now - begin < 31
        firsts.append(node.now - begin)
        assert not pushed(node, 29.4)
        assert len(pushed(node, 0.7)) == 1
    assert max(firsts) - min(firsts) > 15


def test_an_exchange_is_no_join() -> None:
    """Join = false, with one member that is alive: no suspect, no dead."""
    node = Driven(answered=True).start(BOB, EVE, "joe")
    node.hear(dead(EVE, by=BOB), suspect("joe"))
    for stream in pushed(node, 20.0):
        assert stream.to == SEED
        assert isinstance(stream.message, PushPull)
        assert not stream.message.join


@pytest.mark.parametrize(
    ("others", "scale"), [(31, 1), (32, 2), (63, 2), (64, 3), (127, 3)]
)
def test_exchanges_are_rarer_in_a_large_cluster(others: int, scale: int) -> None:
    """interval * (ceil(log2 n - log2 32) + 1) above 32."""
    node = Driven(SwimConfig(push_pull_interval=30)).start(
        *(f"m{number}" for number in range(others))
    )
    timers = of_kind(node.feed(TimerFired(ExchangeDue())), StartTimer)
    assert [t.delay for t in timers if t.key == ExchangeDue()] == [30 * scale]


def test_the_answer_of_an_exchange_is_merged() -> None:
    """Without a join intent; a refusal is only counted."""
    node = Driven(answered=True).start(BOB)
    stream = (pushed(node, 31) or pushed(node, 31))[0]
    other = replace(BOBS, name=EVE, address=address_of(EVE))
    node.feed(StreamAnswered(stream.stream, PushPull(False, (other,))))
    assert node.status(EVE) is ALIVE
    assert not serf_sent(node.advance(2), JoinIntent)
    assert counted(node.feed(StreamAnswered(stream.stream, Err("no")))) == [
        "exchanges.refused"
    ]


def test_a_failed_exchange_is_nothing() -> None:
    """The next one has another partner."""
    node = Driven(answered=True).start(BOB)
    stream = (pushed(node, 31) or pushed(node, 31))[0]
    assert node.feed(StreamFailed(stream.stream, "timed out")) == []


def test_a_stream_may_ping() -> None:
    """Answered when it means us or anyone; otherwise closed without a word."""
    node = Driven().start()
    for name, answers in ((ME, 1), (NodeName(""), 1), (BOB, 0)):
        effects = node.feed(StreamReceived("s", SEED, Ping(5, name)))
        acks = of_kind(effects, AnswerStream)
        assert acks == [AnswerStream("s", Ack(5))] * answers


def test_a_stream_may_bring_a_user_message() -> None:
    """Serf accepts it, though it never sends one."""
    node = Driven().start(BOB)
    body = encode_serf(LeaveIntent(3, BOB))
    assert node.feed(StreamReceived("s", SEED, User(body))) is not None
    assert node.swim._parts.intents.clock.value == 4


def test_a_stream_may_bring_nothing_else() -> None:
    """Late or unknown: nothing happens."""
    node = Driven().start(BOB)
    for message in (Ack(1), Err("what?"), alive(EVE)):
        assert node.feed(StreamReceived("s", SEED, message)) == []
        assert node.feed(StreamAnswered("unknown", message)) == []
    assert node.feed(StreamFailed("unknown", "why")) == []
