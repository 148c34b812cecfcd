"""Sizes, names and documentation that every file keeps to."""

from functools import partial

from tests.architecture import rules
from tests.architecture.sources import PACKAGE, PLUGINS, TESTS, complaints

ALL = (*PACKAGE, *PLUGINS, *TESTS)

ERRORS = set().union(
    *(rules.errors_in(s) for s in PACKAGE if s.path == "gossipchat/errors.py")
)


def test_a_file_has_one_idea() -> None:
    """At most 350 lines a file and 50 a function, docstrings left out of those."""
    assert complaints(rules.size_complaints, PACKAGE) == []


def test_nine_functions_in_ten_are_short() -> None:
    """The ninetieth percentile is at most 25 lines."""
    lengths = sorted(
        length for source in PACKAGE for _, length in rules.function_lengths(source)
    )
    assert lengths[len(lengths) * 9 // 10] <= 25


def test_every_setting_is_explained() -> None:
    """A docstring below each field of a Config: its unit, price and limit."""
    assert complaints(rules.setting_complaints, PACKAGE) == []


def test_every_error_says_whose_fault_it_is() -> None:
    """All are in errors.py, each with a docstring; nobody raises Exception."""
    assert complaints(partial(rules.error_complaints, errors=ERRORS), PACKAGE) == []


def test_a_module_says_what_it_is_for() -> None:
    """Its docstring comes first."""
    assert complaints(rules.docstring_complaints, ALL) == []


def test_nothing_is_put_off_or_vaguely_named() -> None:
    """What is not done has an issue; no Manager, Handler, Util."""
    assert complaints(rules.word_complaints, ALL) == []


def test_tests_neither_sleep_nor_patch() -> None:
    """They wait for a condition with a deadline, and use fakes that implement."""
    assert complaints(rules.test_habit_complaints, TESTS) == []
