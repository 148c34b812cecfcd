"""
What to think of a file whose parts don't fit together: SQLite says so, too, of what the
disk does not give back.
"""

from collections.abc import Callable
from pathlib import Path

from gossipchat.errors import StoreError
from gossipchat.store import troubles


class Doubts:
    """
    Looks once where the fault is. For the reading thread.

    Args:
        note: notes in the file that it is to be mended at the next start.
    """

    def __init__(self, path: Path, note: Callable[[], None]) -> None:
        self._path = path
        self._note = note
        self._has_looked = False
        self._disk_fails: StoreError | None = None

    def explained(self, problem: Exception) -> StoreError:
        """*problem*, met while reading, as a sentence."""
        found = troubles.explained(problem, self._path)
        if not troubles.is_corrupt(problem):
            return found
        self._look()
        return self._disk_fails or found

    def _look(self) -> None:
        if self._has_looked:
            return  # quick_check may have found nothing, and the next one may not, too
        self._has_looked = True
        if troubles.is_readable(self._path):
            self._note()
        else:
            self._disk_fails = troubles.failing(self._path)
