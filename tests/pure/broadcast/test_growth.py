"""Whatever a peer that reads nothing says: at some size nothing grows any more."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.events import MemberDown, MemberUp
from gossipchat.feeds.document import Document
from gossipchat.names import Address, AuthorKey, FeedId, NodeName
from gossipchat.wire.ours.frames import (
    Documents,
    DocumentsHeld,
    Frame,
    Graft,
    Holding,
    Note,
    Prune,
    Runs,
    Summary,
    Vector,
    Want,
)
from tests.pure.broadcast.builders import Machine, author, say, some_runs

SMALL = BroadcastConfig(
    max_authors=4,
    max_vouched=3,
    max_feeds=8,
    max_documents=8,
    max_documents_of_one=4,
    max_unkept_bytes=2000,
)
RUNS = some_runs(1, 3)
FLOOD = 400
"""Above the small bounds, and below those that are fixed: they are 4,096 at most."""

COUNTED = (dict, list, tuple, set, frozenset)


def things_in(whole: object) -> int:
    """How many things the containers that belong to *whole* hold, at any depth."""
    seen: dict[int, object] = {}
    count, waiting = 0, [whole]
    while waiting:
        one: Any = waiting.pop()
        if id(one) in seen or isinstance(one, type) or callable(one):
            continue
        seen[id(one)] = one
        inside: list[object] = []
        if isinstance(one, dict):
            inside = [*one, *one.values()]
        elif hasattr(one, "__iter__") and not isinstance(one, str | bytes):
            inside = list(one) if isinstance(one, COUNTED) else []
        count += len(inside)
        inside += getattr(one, "__dict__", {}).values()
        if is_dataclass(one):
            inside += [getattr(one, each.name) for each in fields(one)]
        slots = getattr(type(one), "__slots__", ())
        inside += [getattr(one, name) for name in slots if hasattr(one, name)]
        waiting += inside
    return count


def stranger(number: int) -> AuthorKey:
    return AuthorKey(number.to_bytes(32))


def nowhere(number: int) -> Holding:
    return Holding(FeedId(stranger(number), number), ())


def some(number: int) -> Holding:
    return Holding(FeedId(stranger(number), number), ((1, 3),), signed=number + 1)


def run(number: int) -> bytes:
    return say(author(1 + number % 200, epoch=number)).encoded


def paper(number: int) -> bytes:
    writer = author(1 + number % 200)
    made: Document = writer.document(f"{number}", number, number, b"")
    return made.encoded


FLOODS: dict[str, Callable[[int], Frame]] = {
    "wants of nothing": lambda n: Want((nowhere(n),)),
    "wants": lambda n: Want((some(n),)),
    "vectors": lambda n: Vector((some(n),)),
    "notes": lambda n: Note((some(n),)),
    "grafts": lambda n: Graft((stranger(n),), (some(n),)),
    "prunes": lambda n: Prune((stranger(n),)),
    "runs": lambda n: Runs((run(n),)),
    "documents": lambda n: Documents((paper(n),)),
    "held": lambda n: DocumentsHeld(n.to_bytes(16)),
    "summaries": lambda n: Summary(
        (FeedId(stranger(n), n), FeedId(stranger(n + 1), n)), (b"",), (1,)
    ),
}


@pytest.mark.parametrize("kind", FLOODS)
def test_what_a_peer_says_is_remembered_up_to_a_bound(kind: str) -> None:
    """It is linked, says it again and again, always of others, and reads nothing."""
    machine = Machine.linked(1, 2, config=SMALL)
    machine.hear_runs(2, *RUNS)
    grown = []
    for flood in range(3):
        for number in range(flood * FLOOD + 1, (flood + 1) * FLOOD + 1):
            machine.hear(1, FLOODS[kind](number))
        machine.effects.clear()
        grown.append(things_in(machine.core))
    assert grown[2] <= grown[1] + 20, grown


def test_members_that_come_and_go_are_remembered_up_to_a_bound() -> None:
    """Whoever has the cluster key can make up as many as they like."""
    machine, here = Machine(SMALL), Address("127.0.0.1", 7946)
    for number in range(FLOOD):
        who = stranger(number)
        machine.feed(MemberUp(who, NodeName(f"{number}"), here))
        machine.feed(MemberDown(who))
    machine.effects.clear()
    assert things_in(machine.core) < FLOOD
