"""The library's face: several members in one program, on 127.0.0.1."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred, DeferredList

from gossipchat import Asked, Cast, Change, Cluster, News
from gossipchat.errors import GossipChatError, Refused, UsageError
from gossipchat.node.api import UserEvent
from gossipchat.swim.events import Status
from tests.loopback.net import reactor, until

pytestmark = pytest.mark.loopback

KEY = "AAECAwQFBgcICQoLDA0ODw=="
OTHER_KEY = "EBESExQVFhcYGRobHB0eHw=="

Make = Callable[..., Cluster]


@pytest_twisted.async_yield_fixture
async def make() -> AsyncIterator[Make]:
    """Makes members with the timings of loopback; all are gone after the test."""
    made: list[Cluster] = []

    def one(name: str, *seeds: Cluster, **given: Any) -> Cluster:
        where = [str(seed.address) for seed in seeds]
        member = Cluster(seeds=where, name=name, profile="local", **given)
        made.append(member)
        return member

    yield one
    await DeferredList([member.stop() for member in made])


async def cluster_of(make: Make, *names: str, **given: Any) -> list[Cluster]:
    """Members that all see all."""
    members: list[Cluster] = []
    for name in names:
        member = make(name, *members[:1], **given)
        await member.start()
        members.append(member)
    await until(lambda: all(alive(member) == set(names) for member in members))
    return members


def alive(cluster: Cluster) -> set[str]:
    return {one.name for one in cluster.members() if one.status is Status.ALIVE}


async def test_members_find_each_other_and_read_each_others_tags(make: Make) -> None:
    """Both ways, and a change of tags is told."""
    one = make("one", tags={"role": "web"})
    await one.start()
    told: list[Change] = []
    one.subscribe(told.append)
    two = make("two", one, tags={"role": "db"})
    await two.start()
    assert await two.join() == 1
    await until(lambda: alive(one) == alive(two) == {"one", "two"})
    roles = {member.name: member.tags["role"] for member in two.members()}
    assert roles == {"one": "web", "two": "db"}
    assert [(change.news, change.member.name) for change in told] == [
        (News.JOINED, "two")
    ]


async def test_who_leaves_has_left_and_who_stops_has_failed(make: Make) -> None:
    """Two things, for those who depend on a member."""
    one, two, three = await cluster_of(make, "one", "two", "three")
    told: dict[str, News] = {}
    one.subscribe(lambda change: told.update({change.member.name: change.news}))
    await three.stop()
    await until(lambda: told.get("three") is News.FAILED)
    await two.leave()
    await until(lambda: told.get("two") is News.LEFT)


async def test_who_leaves_at_once_has_left_all_the_same(make: Make) -> None:
    """Even one that is just being taken in: its goodbye waits for that."""
    (one,) = await cluster_of(make, "one")
    two = make("two", one)
    await two.start()
    await two.leave()
    assert [member.status for member in one.members() if member.name == "two"] in (
        [],
        [Status.LEFT],
    )


async def test_changes_come_one_by_one_to_async_for(make: Make) -> None:
    """The reader's loop ends when the member is gone."""
    (one,) = await cluster_of(make, "one")
    seen: list[str] = []

    async def read() -> None:
        async for change in one.changes():
            seen.append(f"{change.member.name} {change.news.value}")

    reading = Deferred.fromCoroutine(read())
    two = make("two", one)
    await two.start()
    await until(lambda: seen == ["two joined"])
    await two.leave()
    await until(lambda: seen == ["two joined", "two left"])
    await one.leave()
    await reading


async def test_tags_change_while_it_runs(make: Make) -> None:
    """Others are told of an update."""
    one, two = await cluster_of(make, "one", "two")
    told: list[Change] = []
    two.subscribe(told.append)
    tags = await one.set_tags({"role": "web", "zone": "b"})
    assert (tags["role"], tags["zone"]) == ("web", "b")
    await one.set_tags({}, ["zone"])
    await until(lambda: told and "zone" not in told[-1].member.tags)
    assert {change.news for change in told} == {News.UPDATED}
    with pytest.raises(Refused, match="512"):
        await one.set_tags({"role": "x" * 600})


async def test_a_user_event_reaches_all(make: Make) -> None:
    """Its sender, too; one that is too long is refused where it is sent."""
    one, two = await cluster_of(make, "one", "two")
    heard: list[UserEvent] = []
    two.subscribe_events(heard.append)
    following = one.events()
    await one.event("deploy", b"\x00v1")
    await until(lambda: heard)
    assert (heard[0].name, heard[0].payload) == ("deploy", b"\x00v1")
    assert (await following.__anext__()).payload == b"\x00v1"
    with pytest.raises(Refused):
        await one.event("deploy", bytes(5000))


async def test_a_query_is_answered_by_functions_and_by_coroutines(make: Make) -> None:
    """Who has no answerer acks all the same."""
    one, two, three = await cluster_of(make, "one", "two", "three")
    asked: list[Asked] = []

    def upper(question: Asked) -> bytes:
        asked.append(question)
        return question.payload.upper()

    async def none(question: Asked) -> None:
        asked.append(question)

    two.answer("upper", upper)
    three.answer("upper", none)
    replies = await one.query("upper", b"abc", timeout=1.0)
    answers = {one.sender: one.payload for one in replies if not one.ack}
    assert answers == {"two": b"ABC"}
    assert {one.sender for one in replies if one.ack} == {"one", "two", "three"}
    assert [question.source for question in asked] == ["one", "one"]


async def test_a_broadcast_reaches_those_who_come_later(make: Make) -> None:
    """It is in the log of all; each has it once, in its author's order."""
    (one,) = await cluster_of(make, "one")
    await one.broadcast(b"\xffearly", "news")
    two = make("two", one)
    heard: list[Cast] = []
    two.subscribe_broadcasts(heard.append)
    await two.start()
    await one.broadcast(b"late")
    await until(lambda: len(heard) == 2)
    assert [(cast.topic, cast.payload) for cast in heard] == [
        ("news", b"\xffearly"),
        ("", b"late"),
    ]
    assert {cast.key for cast in heard} == {one.key}
    with pytest.raises(UsageError, match="8192"):
        await one.broadcast(bytes(9000))


async def test_with_a_folder_it_is_the_same_member_again(
    make: Make, tmp_path: Path
) -> None:
    """Its identity is kept, and its port is free for others after it."""
    one = make("one", data=tmp_path / "one")
    await one.start()
    key = one.key
    await one.leave()
    again = make("one", data=tmp_path / "one")
    await again.start()
    assert again.key == key


async def test_keys_are_changed_while_it_runs(make: Make) -> None:
    """On all members; those in memory are lost at the end, as is said."""
    one, two = await cluster_of(make, "one", "two", keyring=[KEY])
    second = bytes(range(16, 32))
    for operation in ("install", "use"):
        outcome = await one.membership.keys(operation, second)
        assert outcome.problems == {}
    listed = await two.membership.keys("list", None)
    assert listed.keys == {KEY: 2, OTHER_KEY: 2}
    assert listed.primary == OTHER_KEY


async def test_without_the_key_nobody_joins(make: Make) -> None:
    """And the one who tries is told."""
    one = make("one", keyring=[KEY])
    await one.start()
    stranger = make("stranger", keyring=[OTHER_KEY])
    await stranger.start()
    with pytest.raises(Refused, match="nobody let us join"):
        await stranger.join(str(one.address))
    assert alive(one) == {"one"}


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"listen": "127.0.0.1"}, "HOST:PORT"),
        ({"listen": "0.0.0.0:0"}, "no keys"),
        ({"keyring": ["short"]}, "base64"),
        ({"tags": {"gc": "x"}}, "gc"),
        ({"overrides": {"swim": {"haste": 1}}}, "no setting"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_opened(
    given: dict[str, Any], word: str
) -> None:
    """By the constructor, in a sentence."""
    with pytest.raises(UsageError, match=word):
        Cluster(**given)


async def test_a_taken_port_is_an_error_that_leaves_nothing_open(make: Make) -> None:
    """And another attempt needs another Cluster."""
    one = make("one")
    await one.start()
    two = make("two", listen=str(one.address))
    with pytest.raises(GossipChatError, match=r"taken|in use"):
        await two.start()
    with pytest.raises(UsageError, match="once"):
        await two.start()
    with pytest.raises(UsageError, match=r"not started|is gone"):
        two.members()


async def test_nothing_of_the_program_is_touched(make: Make) -> None:
    """No signal handler, and the reactor goes on."""
    import signal

    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    (one,) = await cluster_of(make, "one")
    after = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    assert before == after
    await one.leave()
    assert reactor.running
