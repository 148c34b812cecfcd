"""
Saying a thing once: what was already said, within bounds.
"""

from collections.abc import Hashable

MAX_SAID = 1024


class Once:
    """Remembers the last things said; a very old one may be said again."""

    def __init__(self, limit: int = MAX_SAID) -> None:
        self._limit = limit
        self._said: dict[Hashable, None] = {}

    def first(self, *what: Hashable) -> bool:
        """Whether *what* was not said before; from now on it was."""
        if what in self._said:
            return False
        if len(self._said) >= self._limit:
            del self._said[next(iter(self._said))]
        self._said[what] = None
        return True

    def unsay(self, *what: Hashable) -> None:
        """*what* may be said again."""
        self._said.pop(what, None)
