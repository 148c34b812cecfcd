"""
What commands printed: of one that has ended, and of one that goes on.
"""

import json
from pathlib import Path
from typing import Any

Row = dict[str, Any]


class Ran:
    """A command that has ended."""

    def __init__(self, status: int, output: str, errors: str) -> None:
        self.status = status
        self.output = output
        self.errors = errors

    @property
    def rows(self) -> list[Row]:
        """Its output as JSON, one object a line."""
        return [json.loads(line) for line in self.output.splitlines()]

    @property
    def last_line(self) -> str:
        """What a person reads last: of the errors, or else of the output."""
        lines = (self.errors.strip() or self.output.strip()).splitlines()
        return lines[-1] if lines else ""

    def __repr__(self) -> str:
        return f"exit {self.status}\n{self.output}{self.errors}"


class Follower:
    """What a following command has printed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def rows(self) -> list[Row]:
        """The whole lines so far."""
        whole = self._path.read_bytes().rpartition(b"\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    @property
    def texts(self) -> list[str]:
        return [row["text"] for row in self.rows]
