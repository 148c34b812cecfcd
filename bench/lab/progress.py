"""
A bar for whoever waits, on standard error; silent when that is no terminal.
"""

import sys
from collections.abc import Callable

WIDTH = 30


class Progress:
    """So many parts, one after the other."""

    def __init__(self, parts: int) -> None:
        self._parts = parts
        self._begun = 0

    def part(self, name: str) -> Callable[[int, int], None]:
        """The next part begins; tells the bar how many of how many steps are done."""
        done = self._begun
        self._begun += 1

        def tell(step: int, steps: int) -> None:
            self._draw((done + step / max(1, steps)) / self._parts, name)

        tell(0, 1)
        return tell

    def _draw(self, share: float, name: str) -> None:
        if not sys.stderr.isatty():
            return
        full = round(min(1.0, share) * WIDTH)
        bar = "#" * full + "." * (WIDTH - full)
        end = "\n" if share >= 1 else ""
        print(f"\r[{bar}] {100 * share:3.0f} % {name:<40.40}", end=end, file=sys.stderr)
