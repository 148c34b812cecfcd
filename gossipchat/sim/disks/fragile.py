"""
A disk that may lose power: what was not synced may be gone, from the last on.

Of the store's promise (docs/feeds.md, "What the store guarantees"): an own batch is
synced before it is answered, and all that was written before it with it.
"""

from collections.abc import Callable
from functools import partial
from random import Random

from gossipchat.broadcast.events import Rename
from gossipchat.chat.events import Persist, Reveal, TimeCame, Written
from gossipchat.sim.disks.disk import Disk, Fact

Write = Callable[["FragileDisk"], object]


class FragileDisk(Disk):
    """Remembers all that was ever written, in order: for short scripts."""

    def __init__(self) -> None:
        super().__init__()
        self._written: list[Write] = []
        self._synced = 0

    def commit(self, batch: Persist) -> Written | None:
        """As a disk; an own batch syncs it."""
        written = super().commit(batch)
        if written is not None:
            self._note(lambda disk: disk.commit(batch))
            if batch.own:
                self._synced = len(self._written)
        return written

    def rename(self, wish: Rename) -> None:
        """As a disk."""
        super().rename(wish)
        self._note(lambda disk: disk.rename(wish))

    def reveal(self, wish: Reveal) -> TimeCame:
        """As a disk."""
        if not self.trouble:
            self._note(lambda disk: disk.reveal(wish))
        return super().reveal(wish)

    def remember(self, fact: Fact) -> None:
        """As a disk."""
        super().remember(fact)
        if not self.fails:
            self._note(lambda disk: disk.remember(fact))

    def after_power_cut(self, chance: Random) -> "FragileDisk":
        """
        What is found on it: all that was synced, and some of what came later.

        No arrival number is given twice, even so.
        """
        found, last = FragileDisk(), chance.randint(self._synced, len(self._written))
        for write in self._written[:last]:
            write(found)
        found._count_from(self._next_n)
        found._synced = len(found._written)
        found.full, found.fails, found.takes = self.full, self.fails, self.takes
        return found

    def _count_from(self, number: int) -> None:
        self._next_n = number
        self._note(partial(FragileDisk._count_from, number=number))

    def _note(self, write: Write) -> None:
        self._written.append(write)
