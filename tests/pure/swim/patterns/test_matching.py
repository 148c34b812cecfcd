"""Go's regular expressions, as filters on tags need them."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gossipchat.errors import UsageError
from gossipchat.swim.patterns.matching import Pattern


@pytest.mark.parametrize(
    ("expression", "text", "found"),
    [
        ("", "", True),
        ("web", "webserver", True),
        ("^web$", "webserver", False),
        ("^(web|db)[0-9]+$", "db17", True),
        ("^(?:web|db)\\d{2,3}$", "web1", False),
        ("(?i)WEB", "a web", True),
        ("a(?i:B)c", "abc", True),
        ("(?P<kind>x)y", "xy", True),
        ("[^a-c]", "abc", False),
        ("[]a]", "]", True),
        ("[a-]", "-", True),
        ("[[:upper:]]", "aBc", True),
        ("[[:^upper:]]", "ABC", False),
        ("[\\D]", "123", False),
        (".", "\n", False),
        ("(?s).", "\n", True),
        ("^b", "a\nb", False),
        ("(?m)^b", "a\nb", True),
        ("a$", "a\n", False),
        ("\\bweb\\b", "the web!", True),
        ("\\Bweb", "the web", False),
        ("\\Aa.*z\\z", "a to z", True),
        ("\\Qa.b\\E+", "a.b", True),
        ("\\x41\\x{42}", "AB", True),
        ("a{,3}", "a{,3}", True),
        ("x{2}", "xx", True),
        ("(a*)*", "b", True),
        ("(a|b)*?c", "ababc", True),
        ("é", "café", True),
        ("^\\pL+$", "Größe", True),
        ("^\\pL+$", "a1", False),
        ("\\p{Lu}", "straße", False),
        ("(?i)\\p{Lu}", "straße", True),
        ("\\P{Ll}", "abc", False),
        ("\\p{^Ll}", "abc", False),
        ("\\P{^Ll}", "abc", True),
        ("^[\\pN_]+$", "٣_4", True),
        ("[^\\pL\\d]", "a1", False),
        ("^[\\PL]$", "é", False),
        ("\\pZ", "a\u00a0b", True),
        ("\\pC", "\u0378", False),
        ("^\\p{Any}$", "\u0378", True),
    ],
)
def test_an_expression_finds_what_it_finds_in_go(
    expression: str, text: str, found: bool
) -> None:
    """RE2's syntax; a search is not anchored."""
    assert Pattern(expression).found_in(text) is found


@pytest.mark.parametrize(
    "expression",
    [
        *("(", ")", "[", "*", "a**", "a{2}{3}", "(?=a)", "\\1", "\\pX", "[z-a]", "(?"),
        *("a{1001}", "[[:nix:]]", "\\", "\\x{zz}", "(" * 100 + ")" * 100),
        "(a{1000}){1000}",
    ],
)
def test_what_go_refuses_is_refused(expression: str) -> None:
    """Whoever asks is told so; whoever is asked matches nothing."""
    with pytest.raises(UsageError):
        Pattern(expression)


def test_no_expression_holds_a_node_up() -> None:
    """(a|a)*b against many a: years in a backtracking engine."""
    assert not Pattern("^(a|a|a)*b$").found_in("a" * 512)
    with pytest.raises(UsageError):
        Pattern("(a?){900}b").found_in("a" * 512)


@pytest.mark.parametrize(
    "expression",
    ["(((){1000}){1000}){1000}", "(((x{0}){1000}){1000}){1000}", "a|" * 600],
)
def test_what_would_take_long_to_read_is_refused(expression: str) -> None:
    """A repetition of nothing makes no states, however often it is said."""
    with pytest.raises(UsageError):
        Pattern(expression)


def test_a_class_of_many_ranges_costs_more_than_a_letter() -> None:
    """All of them are looked at, for each character."""
    crowded = Pattern("[" + "a-b" * 300 + "]")
    with pytest.raises(UsageError):
        crowded.found_in("x" * 500)
    assert not Pattern("[a-b]").found_in("x" * 500)


pieces = st.sampled_from(["a", "b", "[ab]", "[^a]", "a*", "(?:ab)+", "b?", "a{1,2}"])


@given(
    st.lists(pieces, max_size=6).map("".join),
    st.lists(pieces, max_size=3).map("".join),
    st.text("abc", max_size=12),
)
def test_it_agrees_with_python_where_both_speak_alike(
    first: str, second: str, text: str
) -> None:
    """The same verdict on any text."""
    expression = f"^(?:{first}|{second})$"
    assert Pattern(expression).found_in(text) is bool(re.search(expression, text))


@given(st.text(max_size=30), st.text(max_size=20))
def test_any_text_is_an_expression_or_is_refused(expression: str, text: str) -> None:
    """Nothing else comes out of it."""
    with suppress(UsageError):
        Pattern(expression).found_in(text)
