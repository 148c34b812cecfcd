"""
One script on both disks: the simulator's model, and SQLite as it ships.

What the model answers the store answers too, or all that was ever simulated with it
says little about real nodes.
"""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from gossipchat.chat.events import Line, Persist, Reveal
from gossipchat.errors import StoreError
from gossipchat.feeds.author import Author
from gossipchat.feeds.feed import Segment
from gossipchat.feeds.run import Run
from gossipchat.names import Address, EntryId, FeedId, NodeName
from gossipchat.sim.disks.disk import Disk
from gossipchat.swim.events import ForgetMember, RememberCounter, RememberMember
from tests.store.builders import ANN, BOB, WALL, Kept, batch, opened, pen, said
from tests.store.early import reveal

STEPS = 60
ROOMS = ("#lobby", "#far", "@bob")


class Step(NamedTuple):
    """What is done, and with what."""

    what: str
    thing: object = None


def script(seed: int) -> list[Step]:
    """Appends in any order, one twice, early ones, facts, questions, restarts."""
    chance = Random(seed)
    pens = [pen(ANN, 7), pen(BOB, 9), pen(BOB, 11)]
    waiting: list[Persist] = []
    steps: list[Step] = []
    for number in range(STEPS):
        waiting += [_batch(chance, chance.choice(pens), number)]
        match chance.choice(("append", "append", "append", "fact", "ask", "restart")):
            case "append":
                at = chance.randrange(len(waiting))
                steps.append(Step("append", waiting.pop(at)))
            case "fact":
                steps.append(Step("remember", _fact(chance, number)))
            case "ask":
                steps.append(Step("reveal", WALL + chance.randrange(100_000)))
            case "restart":
                steps.append(Step("restart"))
    steps += [Step("append", made) for made in waiting]
    return [*steps, Step("reveal", WALL + 200_000), Step("restart")]


def kept_steps(seed: int) -> list[Step]:
    """What of ``script(seed)`` is to be kept."""
    return [step for step in script(seed) if step.what in ("append", "remember")]


def _batch(chance: Random, author: Author, number: int) -> Persist:
    entries = [
        said(f"{number}.{place}", room=chance.choice(ROOMS), wall_ms=WALL + number)
        for place in range(chance.randint(1, 4))
    ]
    made = batch(author.compose(entries))
    if chance.random() < 0.2:
        (stored,) = made.runs
        due = WALL + chance.randrange(1000, 150_000)
        rows = (replace(stored.rows[0], due_ms=due), *stored.rows[1:])
        made = replace(made, runs=(replace(stored, rows=rows),))
    return made


def _fact(
    chance: Random, number: int
) -> RememberMember | ForgetMember | RememberCounter:
    name = NodeName(f"n{chance.randrange(4)}")
    match chance.randrange(3):
        case 0:
            return ForgetMember(name)
        case 1:
            return RememberCounter(chance.choice(("clock", "incarnation")), number)
        case _:
            left = chance.random() < 0.5
            return RememberMember(name, Address("10.0.0.1", number), None, left)


Outcome = list[object]


class Modelled:
    """The script on the simulator's disk."""

    def __init__(self) -> None:
        self.disk = Disk()

    def append(self, made: Persist) -> object:
        return self.disk.commit(made)

    def remember(self, fact: RememberMember | ForgetMember | RememberCounter) -> None:
        self.disk.remember(fact)

    def reveal(self, wall_ms: int) -> object:
        return self.disk.reveal(Reveal(wall_ms, wall_ms))

    def lines(self) -> list[Line]:
        return [line for line in self.disk.lines if line.room is not None]

    def runs(self, feed: FeedId, first: int, last: int, most: int) -> Sequence[Run]:
        return self.disk.load(feed, first, last, most)

    def found(self) -> Outcome:
        """What a peer that starts would be told."""
        disk = self.disk
        feeds = {id: [*feed.segments] for id, feed in disk.feeds().items()}
        return _opening(
            feeds, disk.members, disk.counters, disk.highest_hlc, disk.next_due_ms
        )


class Real:
    """The script on SQLite; ``kept`` is another one after each restart."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept

    def append(self, made: Persist) -> object:
        try:
            return self.kept.write(made)
        except StoreError:
            return None

    def remember(self, fact: RememberMember | ForgetMember | RememberCounter) -> None:
        self.kept.remember(fact)

    def reveal(self, wall_ms: int) -> object:
        return reveal(self.kept, wall_ms)

    def lines(self) -> list[Line]:
        return self.kept.ask(lambda reader: reader.lines(None, 0, 10**6))

    def runs(self, feed: FeedId, first: int, last: int, most: int) -> Sequence[Run]:
        return self.kept.ask(lambda reader: reader.runs(feed, first, last, most))

    def found(self) -> Outcome:
        found = self.kept.opening
        members = {member.name: member for member in found.members}
        return _opening(
            found.feeds, members, found.counters, found.highest_hlc, found.next_due_ms
        )


def _opening(
    feeds: dict[FeedId, list[Segment]],
    members: dict[NodeName, RememberMember],
    counters: dict[str, int],
    highest_hlc: int,
    next_due_ms: int | None,
) -> Outcome:
    """In one order: the two may differ in theirs."""
    return [
        sorted((id, [(one.first, one.last) for one in feeds[id]]) for id in feeds),
        sorted(members.items()),
        sorted(counters.items()),
        highest_hlc,
        next_due_ms,
    ]


def outcome(disk: Modelled | Real, step: Step, chance: Random) -> Outcome:
    """What *step* brings, and what is true after it."""
    brought: object = None
    match step:
        case Step("append", Persist() as made):
            brought = disk.append(made)
            feed = made.runs[0].run.feed
            first = chance.randint(1, 8)
            runs = disk.runs(feed, first, first + 6, chance.choice((1, 10**6)))
            return [brought, [run.encoded for run in runs]]
        case Step(
            "remember", RememberMember() | ForgetMember() | RememberCounter() as f
        ):
            disk.remember(f)
        case Step("reveal", int(wall_ms)):
            brought = disk.reveal(wall_ms)
        case Step("restart"):
            brought = disk.found()
    return [brought, [_shown(line) for line in disk.lines()]]


def _shown(line: Line) -> tuple[int, EntryId, str, str]:
    return line.n, line.id, line.nick, line.text


@pytest.mark.parametrize("seed", range(6))
def test_both_disks_tell_the_same(seed: int, tmp_path: Path) -> None:
    """After each step: numbers, lines, runs, and at each restart all that was kept."""
    modelled, chances = Modelled(), (Random(seed), Random(seed))
    steps = script(seed)
    while steps:
        with opened(tmp_path / "chat.db") as kept:
            real, open_still = Real(kept), True
            assert modelled.found() == real.found()
            while steps and open_still:
                step = steps.pop(0)
                open_still = step.what != "restart"
                if open_still:
                    expected = outcome(modelled, step, chances[0])
                    assert outcome(real, step, chances[1]) == expected


@pytest.mark.parametrize("seed", [6])
def test_both_disks_tell_the_same_after_kill_9(seed: int, tmp_path: Path) -> None:
    """
    Killed in mid-write, SQLite has all that it acknowledged, and then so many steps
    more, whole and in their order: what the model's crash leaves.
    """
    modelled, chance, path = Modelled(), Random(seed), tmp_path / "chat.db"
    steps = kept_steps(seed)
    done = 0
    while done < len(steps):
        acknowledged = done + _killed(path, seed, done, chance.randint(5, 30))
        with opened(path) as kept:
            real = Real(kept)
            found = [real.found(), *map(_shown, real.lines())]
            while done < acknowledged or _told(modelled) != found:
                assert done < len(steps), "not what any number of steps leaves"
                _keep(modelled, steps[done])
                done += 1


def _killed(path: Path, seed: int, done: int, answers: int) -> int:
    """How much a process acknowledged that is killed after so many *answers*."""
    command = [sys.executable, "-m", "tests.store.scribe", str(path)]
    process = subprocess.Popen(
        [*command, str(seed), str(done)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    told = [process.stdout.readline() for _ in range(answers)]
    process.kill()
    told += process.stdout.readlines()
    process.wait()
    return sum(line.endswith(b"\n") for line in told)


def _told(modelled: Modelled) -> Outcome:
    return [modelled.found(), *map(_shown, modelled.lines())]


def _keep(modelled: Modelled, step: Step) -> None:
    match step.thing:
        case Persist() as made:
            modelled.append(made)
        case RememberMember() | ForgetMember() | RememberCounter() as fact:
            modelled.remember(fact)
