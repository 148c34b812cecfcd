"""Entries that are not shown before their time."""

from collections.abc import Sequence
from dataclasses import replace
from queue import SimpleQueue

from gossipchat.chat.events import Persist, Reveal, TimeCame
from gossipchat.errors import StoreError
from tests.store.builders import PATIENCE_S, WALL, Kept

DUE = WALL + 60_000


def hidden(made: Persist, seqs: Sequence[int]) -> Persist:
    """*made* with the rows *seqs* due later."""
    (stored,) = made.runs
    rows = tuple(
        replace(row, due_ms=DUE if row.seq in seqs else None) for row in stored.rows
    )
    return replace(made, runs=(replace(stored, rows=rows),))


def reveal(kept: Kept, wall_ms: int) -> TimeCame:
    answers: SimpleQueue[TimeCame | StoreError] = SimpleQueue()
    kept.store.reveal(Reveal(wall_ms, wall_ms), answers.put)
    came = answers.get(timeout=PATIENCE_S)
    assert isinstance(came, TimeCame)
    return came
