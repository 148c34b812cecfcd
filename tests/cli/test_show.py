"""How things look: nothing from the network can steer a terminal or fake a line."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gossipchat.cli.output import UNSAFE
from gossipchat.faces.socket.client.show import clock, plain, table, width
from gossipchat.terminal.screen.keyboard import Typing
from gossipchat.terminal.screen.screen import tail_of

TODAY = datetime(2023, 11, 14, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("hello", "hello"),
        ("grüße 🌍 日本", "grüße 🌍 日本"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\nb\r", "a\\nb\\r"),
        ("\x7f\x9b", "\\x7f\\x9b"),
        ("\u202eabc\u2066", "\\u202eabc\\u2066"),
        ("\udcff", "\\udcff"),
        ("👩\u200d🚀", "👩\u200d🚀"),
    ],
)
def test_control_characters_are_written_out(text: str, shown: str) -> None:
    """Letters of all scripts are left alone, and so are joined emoji."""
    assert plain(text) == shown


@given(st.text())
def test_nothing_plain_can_steer_a_terminal(text: str) -> None:
    """Whatever somebody says, it stays on its line."""
    shown = plain(text)
    assert shown.splitlines() in ([shown], [])
    assert not UNSAFE.search(shown) and "\x1b" not in shown


@pytest.mark.parametrize(
    ("iso", "shown"),
    [
        ("2023-11-14T22:13:20.000Z", "22:13"),
        ("2023-11-13T22:13:20.000Z", "2023-11-13 22:13"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31 23:59"),
        ("nonsense\x1b", "nonsense\\x1b"),
    ],
)
def test_times_have_a_date_unless_of_today(iso: str, shown: str) -> None:
    """In the zone of who looks."""
    assert clock(iso, TODAY) == shown


def test_columns_are_aligned_by_what_a_screen_shows() -> None:
    """Wide characters take two columns, combining ones none."""
    assert width("日本") == 4 and width("e\u0301") == 1
    assert table(("A", "B"), [("日本", "x"), ("abc", "y")]) == [
        "A     B",
        "日本  x",
        "abc   y",
    ]


@pytest.mark.parametrize(
    ("keys", "lines", "left"),
    [
        (b"hello\r", ["hello"], ""),
        (b"one\ntwo\nthr", ["one", "two"], "thr"),
        ("grüße".encode(), [], "grüße"),
        (b"helx\x7flo\b\x08\r", ["hel"], ""),
        (b"\x7f\x7f", [], ""),
        (b"away\x15stay", [], "stay"),
        (b"two words\x17", [], "two "),
        (b"one\x17", [], ""),
        (b"a\x1b[Ab\x1bOHc\x1b[1;5Cd\x1bxe", [], "abcde"),
        (b"a\tb\x01", [], "a b"),
        (b"\xff", [], "\ufffd"),
    ],
)
def test_keys_make_a_line(keys: bytes, lines: list[str], left: str) -> None:
    """Whole, or key by key as they come."""
    at_once, one_by_one = Typing(), Typing()
    assert at_once.keys(keys) == lines
    slowly = [line for key in keys for line in one_by_one.keys(bytes([key]))]
    assert slowly == lines
    assert at_once.text == one_by_one.text == left


def test_ctrl_d_ends_an_empty_line_only() -> None:
    """A slip of the finger loses no text."""
    typing = Typing()
    typing.keys(b"text\x04")
    assert not typing.ended
    typing.keys(b"\x15\x04")
    assert typing.ended


@given(st.text(), st.integers(-2, 20))
def test_the_row_shows_the_end_of_what_is_typed(text: str, columns: int) -> None:
    """As much as fits, and not a character less."""
    shown = tail_of(text, columns)
    assert text.endswith(shown)
    assert not shown or width(shown) <= columns
    more = text[len(text) - len(shown) - 1 :]
    assert shown == text or width(more) > columns
