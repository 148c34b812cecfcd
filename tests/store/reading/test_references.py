"""What is about a line follows it to its new name when its feed has forked."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gossipchat.broadcast.events import Rename
from gossipchat.chat.events import Line
from gossipchat.errors import UsageError
from gossipchat.feeds.branches import branch_of
from gossipchat.feeds.run import Run
from gossipchat.names import EntryId, FeedId, Reference
from tests.store.builders import BOB, LOBBY, WALL, Kept, opened, pen, said, stored

BOTH, OURS, THEIRS = (WALL + n << 16 for n in (1, 2, 3))


def clones() -> tuple[Run, Run, Run]:
    """What an author said before it was cloned, and what the two said then."""
    author, twin = pen(), pen()
    trunk = author.compose([said("both", hlc=BOTH)])
    twin.compose([said("both", hlc=BOTH)])
    ours = author.compose([said("ours", hlc=OURS)])
    return trunk, ours, twin.compose([said("theirs", hlc=THEIRS)])


TRUNK, OUR_RUN, THEIR_RUN = clones()
FEED = TRUNK.feed


def branch(run: Run) -> FeedId:
    return branch_of(run.signed, run.first, stored(run).tip)


def about(kind: str, text: str, hlc: int, name: FeedId = FEED) -> Run:
    """Ann (for an edit) or bob says something of what has the number 2."""
    author = pen(epoch=8) if kind == "edit" else pen(BOB)
    target = Reference(EntryId(*name, 2), hlc)
    entry = said(text, kind=kind, hlc=WALL + 9 << 16, target=target)
    return author.compose([entry])


def keep_both(kept: Kept) -> None:
    """Ours came first; then the fork is noticed."""
    wish = Rename(FEED, branch(OUR_RUN), 2, stored(TRUNK).tip, tip=stored(OUR_RUN).tip)
    kept.put(OUR_RUN)
    kept.store.rename(wish)
    kept.put(THEIR_RUN.named(branch(THEIR_RUN)))


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with opened(tmp_path / "chat.db") as kept:
        kept.put(TRUNK)
        yield kept


def lines(kept: Kept) -> dict[str, Line]:
    """By what was first said."""
    return {line.text: line for line in kept.ask(lambda r: r.lines(LOBBY, 0, 99))}


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize(("hlc", "whose"), [(OURS, "ours"), (THEIRS, "theirs")])
def test_a_reference_by_the_old_name_finds_the_line_that_was_meant(
    kept: Kept, hlc: int, whose: str, early: bool
) -> None:
    """Whether it comes before the fork is noticed or after it."""
    parts: list[Callable[[], object]] = [
        lambda: keep_both(kept),
        lambda: kept.put(about("edit", "new", hlc)),
    ]
    for part in parts[::-1] if early else parts:
        part()
    found = lines(kept)
    assert {text: line.edited for text, line in found.items() if line.edited} == {
        whose: "new"
    }
    target = found["new"].target
    assert target is not None and target.id == found[whose].id


REACTIONS = st.lists(
    st.tuples(
        st.sampled_from([FEED, branch(OUR_RUN), branch(THEIR_RUN)]),
        st.sampled_from([OURS, THEIRS]),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=25)
@given(REACTIONS, st.integers(0, 4))
def test_any_name_of_the_family_will_do(
    aims: list[tuple[FeedId, int]], noticed: int
) -> None:
    """Number and time tell, whatever is known of the fork when a reference comes."""
    bob = pen(BOB)
    runs = []
    for turn, (name, hlc) in enumerate(aims):
        target = Reference(EntryId(*name, 2), hlc)
        runs.append(bob.compose([said(f"{turn}", kind="react", target=target)]))
    with TemporaryDirectory() as folder, opened(Path(folder) / "chat.db") as kept:
        kept.put(TRUNK)
        for turn, run in enumerate(runs):
            if turn == noticed:
                keep_both(kept)
            kept.put(run)
        if noticed >= len(runs):
            keep_both(kept)
        found = lines(kept)
    for whose, hlc in (("ours", OURS), ("theirs", THEIRS)):
        told = {emoji for emoji, _ in found[whose].reactions}
        assert told == {f"{turn}" for turn, aim in enumerate(aims) if aim[1] == hlc}


def test_of_two_of_one_number_neither_is_guessed(kept: Kept) -> None:
    """Who asks by the old name is told both new ones; one alone is found."""
    old = EntryId(*FEED, 2)
    kept.put(OUR_RUN)
    assert kept.ask(lambda reader: reader.present_id(old)) == old
    wish = Rename(FEED, branch(OUR_RUN), 2, stored(TRUNK).tip, stored(OUR_RUN).tip)
    kept.store.rename(wish)
    kept.remember()  # until the writer has done it
    found = kept.line(old)
    assert found is not None and found.text == "ours"
    assert found.id.feed == branch(OUR_RUN)
    kept.put(THEIR_RUN.named(branch(THEIR_RUN)))
    with pytest.raises(UsageError, match="several lines by a fork"):
        kept.line(old)
