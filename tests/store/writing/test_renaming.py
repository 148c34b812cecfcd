"""A feed that turns out to have branches: its rows get another name."""

from pathlib import Path

import pytest

from gossipchat.broadcast.events import Rename
from gossipchat.feeds.branches import branch_of
from gossipchat.feeds.run import Run
from gossipchat.names import EntryId, FeedId
from gossipchat.store.store import Store
from tests.store.builders import LOBBY, Kept, opened, pen, said, stored


def branch(run: Run) -> FeedId:
    return branch_of(run.signed, run.first, stored(run).tip)


def wish(run: Run, **changes: object) -> Rename:
    """Let *run*, and what follows it, be a branch."""
    tip = stored(run).tip
    fields = {"first": run.first, "prev": run.prev, "tip": tip} | changes
    return Rename(run.feed, branch(run), **fields)  # type: ignore[arg-type]


def settle(kept: Kept) -> None:
    """Until the writer has done all that it was given."""
    kept.remember()


def test_what_follows_a_fork_is_found_under_its_new_name_alone(tmp_path: Path) -> None:
    """Lines, ids, runs and their order; the lines are marked, their n stays."""
    path = tmp_path / "chat.db"
    author = pen()
    runs = [author.compose([said(f"{n}/{i}") for i in range(2)]) for n in range(3)]
    with opened(path) as kept:
        kept.put(*runs)
        name = branch(runs[1])
        kept.store.rename(wish(runs[1]))
        settle(kept)
        lines = kept.ask(lambda reader: reader.lines(LOBBY, 0, 10))
        assert [line.n for line in lines] == [1, 2, 3, 4, 5, 6]
        assert [line.fork for line in lines] == [False] * 2 + [True] * 4
        assert {line.id.feed for line in lines[2:]} == {name}
        moved = kept.line(EntryId(*author.feed, 3))
        assert moved is not None and moved.id == EntryId(*name, 3)
        loaded = kept.ask(lambda reader: reader.runs(name, 1, 9, 1 << 20))
        assert loaded == runs[1:]
        assert {(run.feed, run.signed) for run in loaded} == {(name, author.feed)}
    found = Store(path).open()
    assert found.signed == {name: author.feed}
    (trunk,), (tail,) = found.feeds[author.feed], found.feeds[name]
    assert (trunk.first, trunk.last, tail.first, tail.last) == (1, 2, 3, 6)
    assert tail.prev == trunk.tip


def test_the_other_branch_is_kept_beside_it(tmp_path: Path) -> None:
    """Under the same numbers."""
    ann, twin = pen(), pen()
    with opened(tmp_path / "chat.db") as kept:
        ours, theirs = ann.compose([said("ours")]), twin.compose([said("theirs")])
        kept.put(ours)
        kept.store.rename(wish(ours))
        kept.put(theirs.named(branch(theirs)))
        assert sorted(kept.texts()) == ["ours", "theirs"]


@pytest.mark.parametrize("changes", [{"tip": bytes(32)}, {"prev": b"p" * 32}])
def test_a_wish_about_another_branch_changes_nothing(
    tmp_path: Path, changes: dict[str, bytes]
) -> None:
    """It is told what it was about: numbers alone don't tell branches apart."""
    author = pen()
    with opened(tmp_path / "chat.db") as kept:
        runs = [author.compose([said(str(n))]) for n in range(2)]
        kept.put(*runs)
        kept.store.rename(wish(runs[1], **changes))
        kept.store.rename(Rename(branch(runs[0]), author.feed, 1, bytes(32)))
        settle(kept)
        lines = kept.ask(lambda reader: reader.lines(LOBBY, 0, 10))
        assert {line.id.feed for line in lines} == {author.feed}


def test_a_branch_may_turn_out_to_go_on_another(tmp_path: Path) -> None:
    """What came before its beginning gets the name that it belongs to."""
    author = pen()
    runs = [author.compose([said(str(n))]) for n in range(3)]
    with opened(tmp_path / "chat.db") as kept:
        kept.put(runs[0], runs[2])
        aside = branch(runs[2])
        kept.store.rename(wish(runs[2]))
        kept.put(runs[1])
        kept.store.rename(Rename(aside, author.feed, 3, runs[2].prev))
        settle(kept)
        lines = kept.ask(lambda reader: reader.lines(LOBBY, 0, 10))
        assert [line.fork for line in lines] == [False] * 3
        assert {line.id.feed for line in lines} == {author.feed}
