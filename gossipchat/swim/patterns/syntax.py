"""
How Go writes regular expressions: text in, a tree out. See ``patterns``.
"""

from dataclasses import dataclass, replace

from gossipchat.errors import UsageError
from gossipchat.swim.patterns.classes import CATEGORY, CLASSES, NAMED
from gossipchat.swim.patterns.tree import (
    AnyOf,
    Category,
    Choice,
    Node,
    Ranges,
    Repeat,
    Sequence,
    Where,
)

MAX_DEPTH = 50
"""Groups inside groups."""

MAX_REPEAT = 1000
"""Go's limit on counted repetitions."""

LAST = chr(0x10FFFF)
CONTROLS = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}


@dataclass(frozen=True, slots=True)
class Flags:
    """i, m and s as in ``(?ims)``; U (swap greed) changes no verdict."""

    folded: bool = False
    lines: bool = False
    dot_is_all: bool = False


def parse(expression: str) -> Node:
    """The tree of *expression*. Raises UsageError when Go would not take it."""
    parser = _Parser(expression)
    tree = parser.choice(Flags(), 0)
    if not parser.is_done:
        raise parser.fault("a ) without its (")
    return tree


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    @property
    def is_done(self) -> bool:
        return self._at >= len(self._text)

    def fault(self, what: str) -> UsageError:
        return UsageError(f"no regular expression: {what}: {self._text[:80]!r}")

    def choice(self, flags: Flags, depth: int) -> Node:
        """Up to the end, or a ``)``, which stays."""
        if depth > MAX_DEPTH:
            raise self.fault("groups nested too deeply")
        ways: list[Node] = []
        parts: list[Node] = []
        while not self.is_done and self._peek() != ")":
            if self._take("|"):
                ways.append(Sequence(tuple(parts)))
                parts = []
            elif switched := self._switched(flags):
                flags = switched
            else:
                parts.append(self._repeated(self._atom(flags, depth)))
        ways.append(Sequence(tuple(parts)))
        return ways[0] if len(ways) == 1 else Choice(tuple(ways))

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _next(self) -> str:
        if self.is_done:
            raise self.fault("it ends too early")
        self._at += 1
        return self._text[self._at - 1]

    def _take(self, wanted: str) -> bool:
        if not self._text.startswith(wanted, self._at):
            return False
        self._at += len(wanted)
        return True

    def _upto(self, end: str) -> str:
        found = self._text.find(end, self._at)
        if found < 0:
            raise self.fault(f"a {end} is missing")
        taken, self._at = self._text[self._at : found], found + len(end)
        return taken

    # --- atoms ----------------------------------------------------------------

    def _atom(self, flags: Flags, depth: int) -> Node:
        character = self._next()
        match character:
            case "(":
                return self._group(flags, depth)
            case "[":
                return self._bracket(flags)
            case ".":
                return AnyOf(() if flags.dot_is_all else (("\n", "\n"),), negated=True)
            case "^":
                return Where.LINE_START if flags.lines else Where.START
            case "$":
                return Where.LINE_END if flags.lines else Where.END
            case "*" | "+" | "?":
                raise self.fault(f"{character} with nothing before it")
            case "\\":
                return self._escaped(flags)
        return _literal(character, flags)

    def _switched(self, flags: Flags) -> Flags | None:
        """``(?i)``: from here to the group's end."""
        start = self._at
        if self._take("(?"):
            letters = self._letters()
            if letters and self._take(")"):
                return self._with(flags, letters)
        self._at = start
        return None

    def _group(self, flags: Flags, depth: int) -> Node:
        if self._take("?"):
            if self._take("P<") or self._take("<"):
                self._upto(">")
            else:
                flags = self._with(flags, self._letters())
                if not self._take(":"):
                    raise self.fault("a group of an unknown kind")
        inner = self.choice(flags, depth + 1)
        if not self._take(")"):
            raise self.fault("a ( without its )")
        return inner

    def _letters(self) -> str:
        start = self._at
        while self._peek() in ("i", "m", "s", "U", "-"):
            self._at += 1
        return self._text[start : self._at]

    def _with(self, flags: Flags, letters: str) -> Flags:
        on, _, off = letters.partition("-")
        for group, value in ((on, True), (off, False)):
            for letter in group:
                match letter:
                    case "i":
                        flags = replace(flags, folded=value)
                    case "m":
                        flags = replace(flags, lines=value)
                    case "s":
                        flags = replace(flags, dot_is_all=value)
                    case "-":
                        raise self.fault("flags that are none")
        return flags

    def _escaped(self, flags: Flags) -> Node:
        character = self._next()
        match character:
            case "b":
                return Where.WORD_EDGE
            case "B":
                return Where.NO_WORD_EDGE
            case "A":
                return Where.START
            case "z":
                return Where.END
            case "Q":
                quoted = self._text[self._at :].partition("\\E")[0]
                self._at = min(len(self._text), self._at + len(quoted) + 2)
                return Sequence(tuple(_literal(one, flags) for one in quoted))
        if character.lower() in CLASSES:
            return AnyOf(CLASSES[character.lower()], negated=character.isupper())
        if character in "pP":
            named = self._category(character)
            return AnyOf((), folded=flags.folded, categories=(named,))
        return _literal(self._character(character), flags)

    def _character(self, escape: str) -> str:
        """The one character that a backslash and *escape* stand for."""
        if escape in CONTROLS:
            return CONTROLS[escape]
        if escape == "x":
            digits = self._upto("}") if self._take("{") else self._next() + self._next()
            try:
                return chr(int(digits, 16))
            except (ValueError, OverflowError):
                raise self.fault("no such character") from None
        if escape.isascii() and not escape.isalnum():
            return escape
        raise self.fault(f"an unknown escape \\{escape}")

    def _category(self, escape: str) -> Category:
        """What stands behind \\p or \\P: ``L``, ``{Lu}``, ``{^Lu}``."""
        name = self._upto("}") if self._take("{") else self._next()
        bare = name.removeprefix("^")
        negated = (escape == "P") is not name.startswith("^")
        if bare == "Any":
            return Category("", negated)
        if not CATEGORY.fullmatch(bare):
            raise self.fault(f"an unknown class {name}")
        return Category(bare, negated)

    def _bracket(self, flags: Flags) -> Node:
        negated = self._take("^")
        ranges: list[tuple[str, str]] = []
        categories: list[Category] = []
        first = True
        while first or not self._take("]"):
            first = False
            if self._take("[:"):
                ranges += self._named()
                continue
            low = self._next()
            if low == "\\":
                escape = self._next()
                if escape.lower() in CLASSES:
                    found = CLASSES[escape.lower()]
                    ranges += _rest(found) if escape.isupper() else found
                    continue
                if escape in "pP":
                    categories.append(self._category(escape))
                    continue
                low = self._character(escape)
            ranges.append((low, self._high(low)))
        return AnyOf(tuple(ranges), negated, flags.folded, tuple(categories))

    def _high(self, low: str) -> str:
        """The end of the range that *low* begins; itself when there is none."""
        if self._peek() != "-" or self._text[self._at + 1 : self._at + 2] in ("]", ""):
            return low
        self._at += 1
        high = self._next()
        high = self._character(self._next()) if high == "\\" else high
        if high < low:
            raise self.fault("a range that runs backwards")
        return high

    def _named(self) -> Ranges:
        name = self._upto(":]")
        found = NAMED.get(name.removeprefix("^"))
        if found is None:
            raise self.fault(f"an unknown class {name}")
        return _rest(found) if name.startswith("^") else found

    # --- repetitions ------------------------------------------------------------

    def _repeated(self, node: Node) -> Node:
        counts = self._counts()
        if counts is None:
            return node
        self._take("?")  # less greed changes no verdict
        if self._counts() is not None:
            raise self.fault("a repetition of a repetition")
        return Repeat(node, *counts)

    def _counts(self) -> tuple[int, int | None] | None:
        for sign, counts in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(sign):
                return counts
        end = self._text.find("}", self._at)
        if self._peek() != "{" or end < 0:
            return None
        low, comma, high = self._text[self._at + 1 : end].partition(",")
        if not _is_count(low) or (high and not _is_count(high)):
            return None  # Go takes such a brace for itself
        self._at = end + 1
        least = int(low)
        most = int(high) if high else (None if comma else least)
        if least > MAX_REPEAT or (most is not None and not least <= most <= MAX_REPEAT):
            raise self.fault("repeated too often, or backwards")
        return least, most


def _literal(character: str, flags: Flags) -> AnyOf:
    return AnyOf(((character, character),), folded=flags.folded)


def _rest(ranges: Ranges) -> Ranges:
    """All characters outside of *ranges*, which are in order."""
    found, begin = [], "\0"
    for low, high in ranges:
        if begin < low:
            found.append((begin, chr(ord(low) - 1)))
        begin = chr(ord(high) + 1)
    return (*found, (begin, LAST))


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 4
