"""
Serf's side of whole nodes over a simulated network: events, queries, keys, tags,
moves, names that two claim.
"""

from typing import TypeVar

import pytest

from gossipchat.names import Address
from gossipchat.sim.network.network import Weather
from gossipchat.sim.swim_alone.node import PORT, SwimNode
from gossipchat.sim.swim_alone.world import SwimWorld
from gossipchat.swim.events import (
    Answered,
    EventAsked,
    ForgetAsked,
    KeysAsked,
    KeysOutcome,
    MemberForgotten,
    NameLost,
    QueryAnswered,
    QueryAsked,
    QueryCame,
    QueryEnd,
    QueryHeard,
    Reachability,
    ReachabilityAsked,
    RttAsked,
    TagsAsked,
    UserEventHeard,
    Warned,
    WarningOver,
)
from gossipchat.wire.layers.keyring import KeyRing, format_key
from tests.simulated.seeds import seeds
from tests.simulated.swim.builders import (
    ALIVE,
    DEAD,
    cluster,
    namesake,
    nodes_of,
)

each_seed = pytest.mark.parametrize("seed", seeds(5))
few_seeds = pytest.mark.parametrize("seed", seeds(3))

OLD, NEW = bytes(32), b"n" * 32

Happening = TypeVar("Happening")


def heard(world: SwimWorld, kind: type[Happening]) -> list[tuple[str, Happening]]:
    """Who was told of what, in order."""
    return [
        (str(who), told) for _, who, told in world.happenings if isinstance(told, kind)
    ]


def outcome(world: SwimWorld, node: SwimNode, ask: object) -> object:
    """What *ask* came to, once it is answered."""

    def answers() -> list[object]:
        found = [answer for answer in node.answers if answer.ask == ask]
        return [answer for answer in found if not isinstance(answer, QueryHeard)]

    assert world.run_until(lambda: bool(answers()), 30.0)
    (answer,) = answers()
    assert isinstance(answer, Answered), answer
    return answer.outcome


@each_seed
def test_an_event_reaches_all_once_under_loss(seed: int) -> None:
    """10 % of all packets and some twice: gossip, then push/pull for the rest."""
    world = cluster(seed)
    world.network.weather = Weather(loss=0.1, duplication=0.05)
    asker = nodes_of(world)[2]
    for number in range(5):
        asker.handle(EventAsked(number, "deploy", b"v%d" % number))
        assert outcome(world, asker, number)
    world.run(60)
    for node in nodes_of(world):
        told = [
            event for who, event in heard(world, UserEventHeard) if who == node.name
        ]
        assert sorted(event.payload for event in told) == [b"v%d" % n for n in range(5)]


@each_seed
def test_a_query_reaches_all_under_loss(seed: int) -> None:
    """10 % of all packets: reminders make up for them, and relays for most answers."""
    world = cluster(seed)
    world.network.weather = Weather(loss=0.1)
    asker = nodes_of(world)[3]
    asker.handle(QueryAsked("q", "load", b"", acks=True, relay_factor=2))
    world.run(2.7)
    for who, came in heard(world, QueryCame):
        node = next(node for node in nodes_of(world) if node.name == who)
        node.handle(QueryAnswered(came.query, node.name.encode()))
    assert {who for who, _ in heard(world, QueryCame)} == {*world.nodes}
    end = outcome(world, asker, "q")
    assert isinstance(end, QueryEnd)
    assert min(end.acks, end.responses) >= 7
    replies = [told.reply for told in asker.answers if isinstance(told, QueryHeard)]
    answers = [reply for reply in replies if not reply.ack]
    assert len(answers) == end.responses
    assert all(reply.payload == reply.sender.encode() for reply in answers)


@few_seeds
def test_only_those_that_are_meant_answer(seed: int) -> None:
    """Names and tags filter; all pass the query on."""
    world = SwimWorld(seed)
    for number in range(6):
        world.add(f"n{number}", {"role": "web" if number % 2 else "db"})
    nodes = nodes_of(world)
    for node in nodes[1:]:
        world.join(node, nodes[0])
    assert world.run_until(world.whole, 30.0)
    nodes[0].handle(QueryAsked("q", "load", b"", tags=(("role", "^w"),), acks=True))
    assert outcome(world, nodes[0], "q") == QueryEnd(acks=3, responses=0)
    names = (nodes[2].name, nodes[3].name)
    nodes[0].handle(QueryAsked("r", "load", b"", names=names, acks=True))
    assert outcome(world, nodes[0], "r") == QueryEnd(acks=2, responses=0)


@few_seeds
def test_who_is_away_hears_what_was_said_meanwhile_once_it_is_back(seed: int) -> None:
    """
    Across a restart: nothing twice, nothing lost; a newcomer hears no old news.

    Gossip misses somebody in about one run of thirty: a push/pull makes up for it,
    the second one at the latest (every other is with a member that lacks something).
    """
    world = cluster(seed, size=5)
    exchanged = 2 * world.config.push_pull_interval + 5
    asker, other = nodes_of(world)[0], nodes_of(world)[4]
    asker.handle(EventAsked(1, "before", b""))
    world.run(5)
    other.crash()
    world.run(20)
    asker.handle(EventAsked(2, "meanwhile", b""))
    world.run(exchanged)
    other.start()
    world.join(other, nodes_of(world)[1])
    newcomer = world.add("new")
    world.join(newcomer, nodes_of(world)[2])
    world.run(10)
    asker.handle(EventAsked(3, "after", b""))
    world.run(exchanged)
    told = {who: [e.name for w, e in heard(world, UserEventHeard) if w == who]
            for who in (other.name, newcomer.name)}  # fmt: skip
    assert told[other.name] == ["before", "meanwhile", "after"]
    assert told[newcomer.name] == ["after"]


@few_seeds
def test_keys_are_rotated_while_a_member_is_down(seed: int) -> None:
    """Install, use, remove: who missed it is out, and said to be, until it has it."""
    world = SwimWorld(seed, keyring=KeyRing([OLD]))
    cluster(seed, world=world)
    nodes = nodes_of(world)
    asker, absent = nodes[0], nodes[7]
    absent.crash()
    assert world.run_until(lambda: world.all_see(DEAD, [absent]), 40.0)
    for step, key in (("install", NEW), ("use", NEW), ("remove", OLD)):
        asker.handle(KeysAsked(step, step, key))
        done = outcome(world, asker, step)
        assert isinstance(done, KeysOutcome)
        assert (done.members, done.answered, done.problems) == (7, 7, {})
    asker.handle(KeysAsked("list", "list"))
    assert outcome(world, asker, "list") == KeysOutcome(
        format_key(NEW), {format_key(NEW): 7}, 7, 7, {}
    )
    absent.start()
    world.join(absent, asker)
    world.run(60)
    assert asker.sees(absent.name) is DEAD
    assert any(
        warned.member == absent.name and warned.kind == "key"
        for _, warned in heard(world, Warned)
    )
    absent.crash()
    absent.disk.keys = (NEW,)
    absent.start()
    world.join(absent, asker)
    assert world.run_until(world.whole, 60.0)
    world.run(10)
    assert any(
        over.member == absent.name and over.kind == "key"
        for _, over in heard(world, WarningOver)
    )


@few_seeds
def test_a_key_that_cannot_be_removed_is_told_of_by_each(seed: int) -> None:
    """The primary stays; every member says so."""
    world = SwimWorld(seed, keyring=KeyRing([OLD]))
    cluster(seed, size=4, world=world)
    asker = nodes_of(world)[1]
    asker.handle(KeysAsked("x", "remove", OLD))
    done = outcome(world, asker, "x")
    assert isinstance(done, KeysOutcome)
    assert set(done.problems) == {node.name for node in nodes_of(world)}


@each_seed
def test_changed_tags_are_seen_by_all(seed: int) -> None:
    """Within seconds, under loss; and nobody is accused for it."""
    world = cluster(seed)
    world.network.weather = Weather(loss=0.1)
    node = nodes_of(world)[5]
    node.handle(TagsAsked("t", {"role": "web"}))
    outcome(world, node, "t")

    def all_see() -> bool:
        held = [n.swim.member(node.name) for n in nodes_of(world) if n.swim]
        return all(member and member.tags.get("role") == "web" for member in held)

    assert world.run_until(all_see, 10.0)
    held = [n.swim.member(node.name) for n in nodes_of(world) if n.swim]
    assert {member.key for member in held if member} == {node.key}


@few_seeds
def test_reachability_names_the_silent(seed: int) -> None:
    """All that live are asked, ourselves too."""
    world = cluster(seed, size=6)
    nodes = nodes_of(world)
    nodes[0].handle(ReachabilityAsked("r"))
    names = tuple(node.name for node in nodes)
    assert outcome(world, nodes[0], "r") == Reachability(names, ())
    nodes[4].crash()
    nodes[0].handle(ReachabilityAsked("s"))
    found = outcome(world, nodes[0], "s")
    assert found == Reachability(names[:4] + names[5:], (names[4],))


@few_seeds
def test_coordinates_tell_round_trips(seed: int) -> None:
    """After minutes, about twice the one-way delay, between any two."""
    world = cluster(seed, size=6)
    world.run(240)
    nodes = nodes_of(world)
    measured = [
        member.rtt
        for node in nodes
        if node.swim
        for member in node.swim.members()
        if member.rtt
    ]
    typical = sum(measured) / len(measured)
    nodes[0].handle(RttAsked("a", nodes[1].name, nodes[2].name))
    nodes[0].handle(RttAsked("b", nodes[3].name))
    for ask in ("a", "b"):
        seconds = outcome(world, nodes[0], ask)
        assert isinstance(seconds, float)
        assert typical / 3 < seconds < typical * 3


@few_seeds
def test_who_comes_back_at_another_address_is_taken_at_once(seed: int) -> None:
    """It proves its key there; nobody waits for the old address to be forgotten."""
    world = cluster(seed, size=6)
    mover = nodes_of(world)[2]
    mover.crash()
    world.run(1.0)
    mover.address = Address("10.0.9.9", PORT)
    world.place(mover)
    mover.start()
    world.join(mover, nodes_of(world)[0])

    def all_know() -> bool:
        held = [n.swim.member(mover.name) for n in nodes_of(world) if n.swim]
        return all(member and member.address == mover.address for member in held)

    assert world.run_until(all_know, 5.0)
    world.run(30)
    assert world.whole()
    assert not heard(world, NameLost)


@few_seeds
def test_who_is_forgotten_here_is_forgotten_everywhere(seed: int) -> None:
    """As Serf's force-leave with prune; one that lives would deny it."""
    world = cluster(seed, size=5)
    gone = nodes_of(world)[3]
    gone.crash()
    assert world.run_until(lambda: world.all_see(DEAD, [gone]), 40.0)
    nodes_of(world)[0].handle(ForgetAsked(gone.name))
    world.run(10)
    assert all(node.sees(gone.name) is None for node in world.running)
    forgotten = {who for who, _ in heard(world, MemberForgotten)}
    assert forgotten == {node.name for node in world.running}


@few_seeds
def test_one_of_two_namesakes_yields(seed: int) -> None:
    """Whoever most members hold to be somebody else; it says so first."""
    world = cluster(seed, size=5)
    owner, stranger = namesake(world)
    assert world.run_until(lambda: bool(heard(world, NameLost)), 60.0)
    ((_, lost),) = heard(world, NameLost)
    assert lost.address == owner.address
    stranger.crash()
    world.run(30)
    assert world.all_see(ALIVE, [owner])
