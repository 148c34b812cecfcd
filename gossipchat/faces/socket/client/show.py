"""
How the node's objects look to people. Nothing from the network can steer a terminal.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

STEERING = {"Cc", "Cs", "Zl", "Zp"}
TURNING = {chr(point) for point in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
"""They change the direction of what follows, and so what a line seems to say."""

UNDER = "\n        "


def plain(text: str) -> str:
    """*text* on one line, with control characters written out."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character in TURNING or unicodedata.category(character) in STEERING:
        return character.encode("unicode_escape").decode()
    return character


def clock(iso: str, today: datetime | None = None) -> str:
    """``12:03`` of an ISO time, in the local zone; with its date unless of today."""
    now = today or datetime.now().astimezone()
    try:
        moment = datetime.fromisoformat(iso).astimezone(now.tzinfo)
    except (ValueError, OverflowError):
        return plain(iso)
    same = moment.date() == now.date()
    return moment.strftime("%H:%M" if same else "%Y-%m-%d %H:%M")


def chat_line(
    line: dict[str, Any], room: bool = False, about: str | None = None
) -> str | None:
    """
    ``12:03 <nick> text``; None for entries that are not for people.

    *room*: with the room's name in front of the nick. *about*: the line that it is
    about, in short, where that is known.
    """
    nick = plain(line.get("shown") or line["nick"])
    words = line.get("edited") or line["text"]
    text = UNDER.join(plain(part) for part in words.splitlines())
    match line["kind"]:
        case _ if line.get("redacted"):
            said = f"-- {nick} took this back"
        case "say":
            said = f"<{nick}> {text}"
        case "emote":
            said = f"* {nick} {text}"
        case "notice":
            said = f"-{nick}- {text}"
        case "private":
            said = f"*{nick}* {text}"
        case "edit":
            said = f"-- {nick} corrects: {text}"
        case "redact":
            said = f"-- {nick} took {about or 'a line'} back"
        case "react":
            said = f"-- {nick} reacts{f' to {about}' if about else ''}: {text}"
        case "topic" if not text:
            said = f"-- {nick} removed the topic"
        case "topic":
            said = f"-- {nick} set the topic: {text}"
        case _ if text:
            said = f"-- {nick} ({plain(line['kind'])}) {text}"
        case _:
            return None
    where = f" {plain(line['room'])}" if room and line["room"] else ""
    return f"{clock(line['time'])}{where} {said}{_marks(line)}"


def _marks(line: dict[str, Any]) -> str:
    """What is to be known of a line beside its text."""
    marks = [
        word
        for word, is_so in (
            ("edited", line.get("edited")),
            ("late", line["late"]),
            ("one of two branches of its author", line.get("fork")),
            ("what it answers is missing", line.get("gap")),
        )
        if is_so
    ]
    reactions = line.get("reactions") or {}
    told = [f"{plain(emoji)} {len(nicks)}" for emoji, nicks in reactions.items()]
    return (f" ({', '.join(marks)})" if marks else "") + "".join(
        f" [{one}]" for one in told
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """*head* and *rows* as lines with aligned columns."""
    cells = [list(head), *([plain(cell) for cell in row] for row in rows)]
    columns = zip(*cells, strict=True)
    widths = [max(width(cell) for cell in column) for column in columns]
    return [_aligned(row, widths) for row in cells]


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell + " " * (wide - width(cell))
        for cell, wide in zip(row, widths, strict=True)
    )
    return "  ".join(padded).rstrip()


def width(text: str) -> int:
    """Columns that *text* takes on a screen."""
    return sum(
        0
        if unicodedata.combining(character)
        else 1 + (unicodedata.east_asian_width(character) in "WF")
        for character in text
    )
