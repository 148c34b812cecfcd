"""
Regular expressions as Go's RE2 has them, for filters that others send.

Python's own engine may try for years on an expression that a stranger has made for
it. Here all ways through an expression are walked at once (Thompson, Regular
Expression Search Algorithm, 1968), so that each character costs at most one step a
state; and steps are counted.

Not taken: Unicode's scripts (``\\p{Greek}``), of which Python has no table. What this
module refuses matches nobody.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from gossipchat.errors import UsageError
from gossipchat.swim.patterns.syntax import parse
from gossipchat.swim.patterns.tree import (
    AnyOf,
    Choice,
    Edge,
    Node,
    Repeat,
    Sequence,
    Where,
)

MAX_CHARACTERS = 1024
"""Of one expression. A whole query of Serf's has no more bytes."""

MAX_STATES = 2000
"""Of one expression, its counted repetitions written out."""

MAX_PARTS = 8000
"""Looked at to write them out: a repetition of nothing makes no states, and may be said
a thousand times a thousand times."""

MAX_STEPS = 20_000
"""In one search: some 10 milliseconds. Honest filters need a thousand."""

RANGES_A_STEP = 4
"""Ranges of characters that cost as much as a step."""


@dataclass(slots=True)
class _State:
    """One place in an expression: what may come next, and where that leads."""

    wants: AnyOf | Where | None = None
    leads: list[int] = field(default_factory=list)
    price: int = 1
    """Steps that it takes to look at it."""


class Pattern:
    """
    One expression, ready to search.

    Raises UsageError when it is none, or too long.
    """

    def __init__(self, expression: str) -> None:
        if len(expression) > MAX_CHARACTERS:
            raise UsageError(f"an expression has {MAX_CHARACTERS} characters at most")
        self.steps = 0
        """What the last search took."""
        self._parts = 0
        self._states: list[_State] = []
        tree = parse(expression)
        self._end = self._add(_State())
        self._start = self._build(tree, self._end)

    def found_in(self, text: str, most: int = MAX_STEPS) -> bool:
        """
        Whether any part of *text* matches.

        Raises UsageError when that takes more than *most* steps to find out.
        """
        self.steps = 0
        waiting: dict[int, None] = {}
        for place in range(len(text) + 1):
            waiting[self._start] = None
            reached: dict[int, None] = {}
            for number in self._closure(waiting, Edge.at(text, place)):
                state = self._states[number]
                self.steps += state.price
                if number == self._end:
                    return True
                if self.steps > most:
                    raise UsageError("this expression takes too long to search")
                if not isinstance(state.wants, AnyOf) or place == len(text):
                    continue
                if state.wants.has(text[place]):
                    reached.update(dict.fromkeys(state.leads))
            waiting = reached
        return False

    def _closure(self, begun: dict[int, None], edge: Edge) -> Iterator[int]:
        """All states that can be reached without a character."""
        seen, todo = set(begun), list(begun)
        while todo:
            number = todo.pop()
            yield number
            state = self._states[number]
            if isinstance(state.wants, AnyOf):
                continue
            if isinstance(state.wants, Where) and not edge.is_at(state.wants):
                continue
            for lead in state.leads:
                if lead not in seen:
                    seen.add(lead)
                    todo.append(lead)

    # --- from the tree to states, back to front -----------------------------------

    def _add(self, state: _State) -> int:
        if len(self._states) >= MAX_STATES:
            raise UsageError("this expression is too long")
        self._states.append(state)
        return len(self._states) - 1

    def _build(self, node: Node, after: int) -> int:
        """The state that begins *node* and goes on to *after*."""
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise UsageError("this expression is too long")
        match node:
            case AnyOf() | Where():
                return self._add(_State(node, [after], _price(node)))
            case Sequence(parts):
                for part in reversed(parts):
                    after = self._build(part, after)
                return after
            case Choice(ways):
                return self._add(
                    _State(leads=[self._build(way, after) for way in ways])
                )
            case Repeat():
                return self._build_repeat(node, after)

    def _build_repeat(self, repeat: Repeat, after: int) -> int:
        if repeat.most is None:
            loop = self._add(_State(leads=[after]))
            self._states[loop].leads.append(self._build(repeat.node, loop))
            after = loop
        else:
            end = after
            for _ in range(repeat.most - repeat.least):
                begun = self._build(repeat.node, after)
                after = self._add(_State(leads=[begun, end]))
        for _ in range(repeat.least):
            after = self._build(repeat.node, after)
        return after


def _price(wants: AnyOf | Where) -> int:
    if isinstance(wants, Where):
        return 1
    looks = len(wants.ranges) + RANGES_A_STEP * len(wants.categories)
    return 1 + looks * (3 if wants.folded else 1) // RANGES_A_STEP
