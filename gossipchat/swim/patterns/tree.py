"""
What a regular expression is made of. See ``patterns``.
"""

import unicodedata
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

Ranges = tuple[tuple[str, str], ...]
"""Characters from, to; both included."""

WORD: Ranges = (("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z"))


class Category(NamedTuple):
    """Characters of a general category of Unicode, or all others."""

    begins: str
    """``L`` for all letters, ``Lu`` for the large ones; empty: any character."""
    negated: bool = False

    def has(self, character: str) -> bool:
        """Whether *character* is of the category, or is not, if negated."""
        category = unicodedata.category(character)
        # Go's C is without the unassigned ones (Cn).
        inside = category.startswith(self.begins) and (
            not self.begins or category != "Cn"
        )
        return inside is not self.negated


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One character in, or not in, *ranges* and *categories*."""

    ranges: Ranges
    negated: bool = False
    folded: bool = False
    """Whether case does not matter."""
    categories: tuple[Category, ...] = ()

    def has(self, character: str) -> bool:
        """Whether *character* is the one, in any case if case does not matter."""
        forms = {character}
        if self.folded:
            forms |= {character.lower(), character.upper()}
        inside = any(
            low <= form <= high for low, high in self.ranges for form in forms
        ) or any(
            category.has(form)
            for category in self.categories
            for form in forms
            if len(form) == 1
        )
        return inside is not self.negated


class Where(Enum):
    """A place between characters."""

    START = "text begins"
    END = "text ends"
    LINE_START = "line begins"
    LINE_END = "line ends"
    WORD_EDGE = "word begins or ends"
    NO_WORD_EDGE = "anywhere else"


class Edge(NamedTuple):
    """The characters at both sides of a place; empty: there is none."""

    before: str
    after: str

    @classmethod
    def at(cls, text: str, place: int) -> "Edge":
        """The place before the character number *place* of *text*."""
        return cls(text[place - 1 : place] if place else "", text[place : place + 1])

    def is_at(self, where: Where) -> bool:
        """Whether this place is one of *where*."""
        match where:
            case Where.START:
                return not self.before
            case Where.END:
                return not self.after
            case Where.LINE_START:
                return self.before in ("", "\n")
            case Where.LINE_END:
                return self.after in ("", "\n")
        at_edge = _is_word(self.before) is not _is_word(self.after)
        return at_edge is (where is Where.WORD_EDGE)


@dataclass(frozen=True, slots=True)
class Sequence:
    """All *parts*, one after the other."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of *ways*."""

    ways: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """*node* so many times; *most* None: without an end."""

    node: "Node"
    least: int
    most: int | None


Node = AnyOf | Where | Sequence | Choice | Repeat


def _is_word(character: str) -> bool:
    return bool(character) and any(low <= character <= high for low, high in WORD)
