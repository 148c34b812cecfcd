"""
What users are promised, as code: looked at while a world runs, and when it has ended.

Each promise that is broken is one sentence with the virtual second at which it was
seen. The numbers are those of "The promises" in docs/architecture.md.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TypeVar

from gossipchat.broadcast.events import ForkSeen
from gossipchat.names import EntryId
from gossipchat.sim.disasters.witness import Account, Broken, Witness
from gossipchat.sim.world.world import World
from gossipchat.swim.events import MemberChanged, Status

Happening = TypeVar("Happening")


def broken_promises(world: World, account: Account, witness: Witness) -> list[Broken]:
    """What is not as promised in *world*, in which all is well again by now."""
    found = [
        *_unseen(world),
        *_lost(world, account),
        *_not_shown(world, witness),
        *_told_apart(world),
        *_out_of_order(world, account, witness),
    ]
    return [*witness.broken, *(Broken(*each, world.heap.now) for each in found)]


def same_story(world: World) -> bool:
    """Whether all living nodes hold the same entries in the same order (4)."""
    stories = [node.disk.story() for node in world.living]
    return all(story == stories[0] for story in stories)


def wrong_verdicts(world: World, since: float) -> list[Broken]:
    """Who was called dead after *since* and lives (promise 2)."""
    living = {node.name for node in world.living}
    return [
        Broken(2, f"{who} calls {happening.member.name} dead, which lives", at)
        for at, who, happening in _told(world, MemberChanged)
        if at > since and happening.member.name in living
        if happening.member.status is Status.DEAD
    ]


def _told(
    world: World, kind: type[Happening]
) -> Iterator[tuple[float, str, Happening]]:
    for at, who, happening in world.happenings:
        if isinstance(happening, kind):
            yield at, who, happening


def _unseen(world: World) -> Iterable[tuple[int, str]]:
    """Promises 2 and 5: everyone knows everyone."""
    living = {node.name for node in world.living}
    for node in world.living:
        statuses = node.statuses()
        alive = {name for name, held in statuses.items() if held is Status.ALIVE}
        for name in sorted(living ^ alive):
            yield 5, f"{node.name} holds {name} for {statuses.get(name)}"


def _lost(world: World, account: Account) -> Iterable[tuple[int, str]]:
    """Promise 3: what was answered is everywhere, each under an id of its own."""
    answers = [
        (id, f"{node.name} was told that {ask} is said")
        for node in world.nodes.values()
        for ask, id in node.answers.items()
    ]
    for id, count in Counter(id for id, _ in answers).items():
        if count > 1:
            yield 4, f"{count} things said have one id, {id}"
    for node in world.living:
        for id, told in answers:
            if id not in account.gone and not node.disk.holds(id):
                yield 3, f"{told}, and {node.name} does not have it"


def _not_shown(world: World, witness: Witness) -> Iterable[tuple[int, str]]:
    """Promise 4: what is kept was shown, and not only once somebody looked."""
    for node in world.living:
        for line in witness.never_shown(node):
            if line.room is not None:
                yield 4, f"{node.name} has {line.text!r}, and never showed it"


def _told_apart(world: World) -> Iterable[tuple[int, str]]:
    """Promise 4: all tell one story, and no id stands for two things."""
    stories = {node.place: node.disk.story() for node in world.living}
    first, *others = stories
    for name in others:
        if stories[name] != stories[first]:
            yield 4, f"{name} tells another story than {first}"
    for _, who, fork in _told(world, ForkSeen):
        yield 4, f"{who} has seen an id used twice: {fork}"


def _out_of_order(
    world: World, account: Account, witness: Witness
) -> Iterable[tuple[int, str]]:
    """Promise 4: no answer before what it answers, in history or on a screen."""
    for question, place, ask in account.threads:
        answer = world.nodes[place].answers.get(ask)
        if answer is None:
            continue
        for node in world.living:
            places = {id: place for place, (_, id, _) in enumerate(node.disk.story())}
            if _precedes(places, answer, question):
                yield 4, f"{node.name} keeps {ask!r} before what it answers"
            shown = list(witness.shown_order(node.place).values())
            places = {line.id: place for place, line in enumerate(shown)}
            # One marked line before it: what it answers was known to be missing.
            if _precedes(places, answer, question) and not any(
                line.gap for line in shown[: places[answer] + 1]
            ):
                yield 4, f"{node.name} shows {ask!r} before what it answers"


def _precedes(places: dict[EntryId, int], one: EntryId, other: EntryId) -> bool:
    """Whether both are there, and *one* first."""
    return one in places and other in places and places[one] < places[other]
