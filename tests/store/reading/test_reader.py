"""
Questions to the store: pages, rooms, runs, tokens.
"""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from gossipchat.chat.bodies import SPOKEN
from gossipchat.chat.events import Line
from gossipchat.errors import StoreError, UsageError
from gossipchat.feeds.entry import Entry
from gossipchat.feeds.run import Run
from gossipchat.names import EntryId, FeedId, RoomName
from gossipchat.store.store import Store
from tests.store.builders import (
    ANN,
    BOB,
    LOBBY,
    WALL,
    Kept,
    batch,
    pen,
    said,
    stored,
)

GARDEN = RoomName("#garden")
NOWHERE = RoomName("#nowhere")


def test_a_line_is_all_that_a_face_shows(kept: Kept) -> None:
    ann = pen(epoch=2**64 - 1)
    run = ann.compose([said("hi", room="#garden", nick="ännchen", kind="emote")])
    kept.put(run)
    (line,) = kept.ask(lambda reader: reader.lines(None, None, 5))
    assert line == Line(
        n=1,
        id=EntryId(ann.feed.author, 2**64 - 1, 1),
        room=GARDEN,
        nick="ännchen",
        kind="emote",
        text="hi",
        wall_ms=WALL,
        arrived_ms=WALL + 5,
        late=False,
        hlc=WALL << 16,
    )
    assert kept.ask(lambda reader: reader.line(line.id)) == line


def test_late_is_remembered(kept: Kept) -> None:
    made = batch(pen().compose([said()]))
    (only,) = made.runs
    late = replace(
        made, runs=(replace(only, rows=(replace(only.rows[0], late=True),)),)
    )
    kept.persist(late)
    (line,) = kept.ask(lambda reader: reader.lines(LOBBY, None, 5))
    assert line.late


def talk(kept: Kept, seed: int) -> list[Line]:
    """Some hundred lines of several authors, epochs and rooms; many at one time."""
    chance = Random(seed)
    pens = [pen(key, epoch) for key in (ANN, BOB) for epoch in (3, 2**63, 2**64 - 1)]
    for _ in range(60):
        runs = []
        for author in chance.sample(pens, 2):
            runs.append(
                author.compose(
                    [
                        said(
                            str(chance.random()),
                            room=chance.choice(["#lobby", "#lobby", "#garden"]),
                            kind=chance.choice([*SPOKEN, "react"]),
                            hlc=chance.choice([2**63, chance.randrange(2**64)]),
                        )
                        for _ in range(chance.randint(1, 4))
                    ]
                )
            )
        kept.put(*runs)
    return kept.ask(lambda reader: reader.lines(None, 0, 10_000))


def arrivals(
    kept: Kept, room: RoomName | None, since: int | None, limit: int
) -> list[Line]:
    return kept.ask(lambda reader: reader.lines(room, since, limit))


def history(kept: Kept, before: EntryId | None, all_kinds: bool) -> list[Line]:
    """A page of at most seven."""
    return kept.ask(lambda reader: reader.history(LOBBY, before, 7, all_kinds))


def runs_of(kept: Kept, feed: FeedId) -> list[Run]:
    return kept.ask(lambda reader: reader.runs(feed, 1, 10**6, 10**9))


@pytest.mark.parametrize("seed", range(3))
def test_pages_by_arrival_are_slices_of_all(kept: Kept, seed: int) -> None:
    """``n > since``, the first ones; without since the last ones; ascending."""
    everything = talk(kept, seed)
    assert [line.n for line in everything] == [*range(1, len(everything) + 1)]
    for room in (None, LOBBY, GARDEN, NOWHERE):
        lines = [line for line in everything if room in (None, line.room)]
        for since, limit in [(0, 7), (50, 20), (10**9, 3), (30, 0), (3, -1)]:
            wanted = [line for line in lines if line.n > since][: max(limit, 0)]
            assert arrivals(kept, room, since, limit) == wanted
        for limit in (1, 9, 10_000):
            assert arrivals(kept, room, None, limit) == lines[-limit:]


@pytest.mark.parametrize("seed", range(3))
def test_pages_of_history_are_slices_of_the_one_order(kept: Kept, seed: int) -> None:
    """
    (hlc, author, epoch, seq), as unsigned numbers and bytes; each page ends where
    the next begins, however many entries have one time.
    """
    lines = [line for line in talk(kept, seed) if line.room == LOBBY]
    hlcs = {
        EntryId(*feed, seq): Entry.decode(content).hlc
        for feed in {line.id.feed for line in lines}
        for run in runs_of(kept, feed)
        for seq, content in enumerate(run.contents, run.first)
    }
    lines.sort(key=lambda line: (hlcs[line.id], line.id))
    for all_kinds in (True, False):
        wanted = [line for line in lines if all_kinds or line.kind in SPOKEN]
        pages: list[Line] = []
        before = None
        while page := history(kept, before, all_kinds):
            assert len(page) == min(7, len(wanted) - len(pages))
            pages = page + pages
            before = page[0].id
        assert pages == wanted


def test_history_before_something_that_is_not_here_is_a_mistake(kept: Kept) -> None:
    kept.put(pen().compose([said()]))
    unknown = EntryId(pen().feed.author, 7, 2)
    with pytest.raises(UsageError, match="not here"):
        kept.ask(lambda reader: reader.history(LOBBY, unknown, 5, True))
    assert kept.ask(lambda reader: reader.line(unknown)) is None
    assert kept.ask(lambda reader: reader.history(NOWHERE, None, 5, True)) == []


def test_what_stands_in_no_room_is_nobody_s_talk(kept: Kept) -> None:
    """``open``, or a kind of a newer program: kept, but no line of any room."""
    ann = pen()
    kept.put(ann.compose([Entry(1, 1, (), "open", b"\x80"), said("hi")]))
    lines = kept.ask(lambda reader: reader.lines(None, None, 5))
    assert [line.text for line in lines] == ["hi"]
    opening = kept.ask(lambda reader: reader.line(EntryId(*ann.feed, 1)))
    assert opening is not None
    assert (opening.room, opening.kind) == (None, "open")


def test_a_room_knows_its_speakers_topic_and_last_word(kept: Kept) -> None:
    """The topic, perhaps none any more, and the last word; in the one order."""
    ann, bob = pen(ANN), pen(BOB)
    kept.put(
        ann.compose(
            [
                said("new", kind="topic", wall_ms=WALL + 9, nick="ann"),
                said("reaction", kind="react", wall_ms=WALL + 20, nick="ghost"),
            ]
        )
    )
    kept.put(
        bob.compose(
            [
                said("old", kind="topic", wall_ms=WALL, nick="bob"),
                said("once", room="#garden", kind="topic", wall_ms=WALL, nick="bob"),
                said("", room="#garden", kind="topic", wall_ms=WALL + 1, nick="bob"),
                said("hi", room="#garden", wall_ms=WALL + 3, nick="bob"),
                said("hi again", room="#garden", wall_ms=WALL + 4, nick="bob"),
                said("?", room="#attic", kind="react", wall_ms=WALL + 3),
            ]
        )
    )
    rooms = kept.ask(lambda reader: reader.rooms())
    assert [(room.name, room.users, room.topic, room.last_ms) for room in rooms] == [
        ("#attic", 0, "", None),
        ("#garden", 1, "", WALL + 4),
        ("#lobby", 2, "new", WALL + 9),
    ]


def test_runs_are_given_as_they_came(kept: Kept) -> None:
    """Those that overlap what is asked, ascending, as many as fit, at least one."""
    ann = pen()
    runs = [ann.compose([said()] * length) for length in (3, 1, 256, 2)]
    kept.put(*reversed(runs))

    def ask(first: int, last: int, most: int = 10**9) -> list[int]:
        found = kept.ask(lambda r: r.runs(ann.feed, first, last, most))
        assert [run for run in runs if run in found] == found
        return [run.first for run in found]

    assert ask(1, 10**9) == [1, 4, 5, 261]
    assert ask(3, 4) == [1, 4]
    assert ask(260, 260) == [5]
    assert ask(261, 2**63 - 1) == [261]
    assert ask(263, 300) == []
    assert ask(1, 300, 1) == [1]
    assert ask(1, 300, len(runs[0].encoded) + len(runs[1].encoded)) == [1, 4]
    assert kept.ask(lambda r: r.runs(FeedId(ann.feed.author, 8), 1, 9, 9)) == []


def test_a_token_finds_what_was_first_said_with_it(kept: Kept) -> None:
    """In any epoch of ours; somebody else's token is nothing to us."""
    ann, ann_again, bob = pen(ANN, 1), pen(ANN, 2), pen(BOB)
    kept.put(bob.compose([said(token="t1")]))
    kept.put(ann.compose([said(), said(token="t1"), said(token="t2")]), own=True)
    kept.put(ann_again.compose([said(token="t1")]), own=True)

    def ask(token: str) -> EntryId | None:
        return kept.ask(lambda reader: reader.token(ann.feed.author, token))

    assert ask("t1") == EntryId(*ann.feed, 2)
    assert ask("t2") == EntryId(*ann.feed, 3)
    assert ask("t3") is None
    assert kept.ask(lambda reader: reader.token(bob.feed.author, "t1")) is None


def test_the_reader_sees_what_was_acknowledged(kept: Kept) -> None:
    ann = pen()
    for number in range(1, 20):
        kept.put(ann.compose([said()]))
        assert kept.ask(lambda reader: reader.entries()) == number


def test_size_counts_the_log_too(kept: Kept) -> None:
    before = kept.ask(lambda reader: reader.bytes_on_disk())
    kept.put(pen().compose([said("x" * 8000)] * 16))
    assert kept.ask(lambda reader: reader.bytes_on_disk()) > before + 16 * 8000


def test_a_question_that_fails_is_answered(kept: Kept) -> None:
    """A mistake of ours must not leave a face waiting."""
    with pytest.raises(StoreError, match="division"):
        kept.ask(lambda reader: 1 // 0)
    assert kept.ask(lambda reader: reader.entries()) == 0


def test_the_reader_cannot_write(tmp_path: Path) -> None:
    store = Store(tmp_path / "chat.db")
    opening = store.open()
    with pytest.raises(StoreError):
        Kept(store, opening).ask(lambda r: r._connection.execute("DELETE FROM entries"))
    store.close()


def test_rows_follow_the_run(kept: Kept) -> None:
    """The builder makes what chat makes, or these tests would prove little."""
    run = pen().compose([said("hi", token="t")])
    (row,) = stored(run).rows
    assert (row.seq, row.room, row.text, row.token) == (1, LOBBY, "hi", "t")
