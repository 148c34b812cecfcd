"""Lines as they are now, whatever came in whatever order."""

from itertools import permutations
from pathlib import Path

from gossipchat.chat.events import Line
from gossipchat.feeds.entry import Entry
from gossipchat.names import EntryId
from gossipchat.store.reading.amending import MAX_EMOJI, MAX_REACTIONS, _about
from tests.store.builders import ANN, BOB, LOBBY, WALL, Kept, opened, pen, said

ANNS = EntryId(pen(ANN).feed.author, 7, 1)


def about(kind: str, text: str, later: int, nick: str = "ann") -> Entry:
    return said(text, kind=kind, nick=nick, hlc=(WALL + later) << 16, target=ANNS)


def line(kept: Kept) -> Line:
    found = kept.line(ANNS)
    assert found is not None
    return found


def test_the_last_edit_in_the_one_order_counts_however_they_come(
    tmp_path: Path,
) -> None:
    """Even if they come before the line."""
    ann = pen(ANN)
    runs = [
        ann.compose([said("one")]),
        ann.compose([about("edit", "three", 9)]),
        ann.compose([about("edit", "two", 5)]),
    ]
    for number, order in enumerate(permutations(runs)):
        with opened(tmp_path / f"{number}.db") as kept:
            for run in order:
                kept.put(run)
            found = line(kept)
            assert (found.text, found.edited) == ("one", "three")


def test_nobody_else_edits_or_takes_back_a_line(kept: Kept) -> None:
    """Another nick of the node and another node are somebody else."""
    ann, bob = pen(ANN), pen(BOB)
    kept.put(ann.compose([said("mine")]))
    kept.put(ann.compose([about("edit", "zoe's", 1, "zoe")]))
    kept.put(bob.compose([about("edit", "bob's", 1), about("redact", "", 2)]))
    found = line(kept)
    assert (found.text, found.edited, found.redacted) == ("mine", None, False)


def test_what_was_taken_back_shows_no_text_and_stays_so(kept: Kept) -> None:
    """In tail and history alike; a later edit does not bring it back."""
    ann = pen(ANN)
    kept.put(ann.compose([said("oops"), about("redact", "", 1), about("edit", "x", 2)]))
    (tailed, *_) = kept.ask(lambda reader: reader.lines(LOBBY, 0, 10))
    (read,) = kept.ask(lambda reader: reader.history(LOBBY, None, 10, False))
    assert tailed == read
    assert (read.text, read.edited, read.redacted) == ("", None, True)


def test_reactions_are_counted_by_nick_and_can_be_taken_back(kept: Kept) -> None:
    """The same one twice is one."""
    ann, bob = pen(ANN), pen(BOB)
    kept.put(ann.compose([said("hello"), about("react", "+", 1)]))
    kept.put(
        bob.compose([about("react", "+", 2, "bob"), about("react", "+", 3, "bob")])
    )
    assert line(kept).reactions == (("+", ("ann", "bob")),)
    own = EntryId(*ann.feed, 2)
    undo = said("", kind="redact", hlc=(WALL + 9) << 16, target=own)
    kept.put(ann.compose([undo]))
    assert line(kept).reactions == (("+", ("bob",)),)


def test_a_reference_from_another_room_does_nothing(kept: Kept) -> None:
    """A line stands in one room."""
    ann = pen(ANN)
    elsewhere = said("x", kind="edit", room="#ops", target=ANNS)
    kept.put(ann.compose([said("hello"), elsewhere]))
    assert line(kept).edited is None


def test_of_what_thousands_do_to_a_line_a_part_is_looked_at(kept: Kept) -> None:
    """Or one hostile member could make each page that shows it cost seconds."""
    ann, bob = pen(ANN), pen(BOB)
    kept.put(ann.compose([said("mine")]))
    for start in range(0, MAX_REACTIONS + 200, 200):
        numbers = range(start, start + 200)
        kept.put(bob.compose([about("react", f"{n}", n, "bob") for n in numbers]))
        kept.put(ann.compose([about("edit", f"{n}", n) for n in numbers]))
    found = line(kept)
    counted = kept.ask(lambda reader: _about(reader._connection, [found])[ANNS])
    assert len(counted) == MAX_REACTIONS + 1
    assert len(found.reactions) == MAX_EMOJI
    assert found.edited == f"{numbers[-1]}"
