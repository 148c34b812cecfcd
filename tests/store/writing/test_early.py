"""What is dated too far ahead is kept aside, across a restart, and shown in time."""

from pathlib import Path

from gossipchat.chat.events import TimeCame
from gossipchat.names import EntryId
from tests.store.builders import LOBBY, batch, opened, pen, said
from tests.store.early import DUE, hidden, reveal


def test_it_is_shown_once_after_a_restart_under_a_new_number(tmp_path: Path) -> None:
    """Nothing shows it before; then everything does, and `before` finds it."""
    path = tmp_path / "chat.db"
    run = pen().compose([said("now"), said("later"), said("now too")])
    later = EntryId(*run.feed, 2)
    with opened(path) as kept:
        kept.persist(hidden(batch(run), [2]))
        assert kept.texts() == ["now", "now too"]
        assert kept.line(later) is None
        assert kept.ask(lambda r: r.runs(run.feed, 1, 3, 10**6)) == [run]
    with opened(path) as kept:
        assert reveal(kept, DUE - 1) == TimeCame((), DUE)
        came = reveal(kept, DUE)
        assert [one.line.text for one in came.revealed] == ["later"]
        assert came.next_due_ms is None
        assert kept.texts() == ["now", "now too", "later"]
        assert reveal(kept, DUE) == TimeCame((), None)
        found = kept.line(later)
        assert found is not None
        assert found.n > 3
        page = kept.ask(lambda r: r.history(LOBBY, later, 10, False))
        assert [line.text for line in page] == ["now"]


def test_the_opening_says_when_the_first_is_due(tmp_path: Path) -> None:
    """And counts it neither for rooms nor for the clock."""
    path = tmp_path / "chat.db"
    run = pen().compose([said("later", room="#far")])
    with opened(path) as kept:
        kept.persist(hidden(batch(run), [1]))
        assert kept.ask(lambda reader: reader.rooms()) == []
    with opened(path) as kept:
        assert kept.opening.next_due_ms == DUE
        assert kept.opening.rooms == {}
        assert kept.opening.highest_hlc == 0


def test_no_number_is_given_twice_when_a_run_ends_with_one(tmp_path: Path) -> None:
    """Its number is its run's, shown or not."""
    path = tmp_path / "chat.db"
    with opened(path) as kept:
        first = kept.persist(hidden(batch(pen().compose([said("later")])), [1]))
    with opened(path) as kept:
        assert kept.put(pen(epoch=8).compose([said("now")])) > first
