"""
What is with the writer: batches under way, in the order of their numbers.
"""

from collections.abc import Iterator

from gossipchat.chat.events import Persist, StoredRun
from gossipchat.names import FeedId


class Batches:
    """Each is written whole or not at all, and answered in order."""

    def __init__(self) -> None:
        self._under_way: dict[int, Persist] = {}
        self._next_number = 1
        self._doubtful = 0
        """The last batch under way when one of others' runs could not be written."""

    def __contains__(self, number: int) -> bool:
        return number in self._under_way

    def __len__(self) -> int:
        return len(self._under_way)

    def write(self, runs: tuple[StoredRun, ...], own: bool, wall_ms: int) -> Persist:
        """The next batch, which came at *wall_ms*."""
        batch = Persist(self._next_number, runs, own, wall_ms)
        self._next_number += 1
        self._under_way[batch.number] = batch
        return batch

    def written(self, number: int) -> Persist:
        """The batch *number*, which is on disk."""
        return self._under_way.pop(number)

    def failed(self, number: int) -> Persist:
        """The batch *number*, which is not; others' are doubted that are under way."""
        batch = self._under_way.pop(number)
        if not batch.own:
            self._doubtful = self._next_number - 1
        return batch

    def is_doubtful(self, batch: Persist) -> bool:
        """Whether what *batch* answers may have been in one that failed before it."""
        return not batch.own and batch.number <= self._doubtful

    def firsts_of(self, feed: FeedId) -> Iterator[int]:
        """Where each run of *feed* that is under way begins."""
        for batch in self._under_way.values():
            for stored in batch.runs:
                if stored.run.feed == feed:
                    yield stored.run.first
