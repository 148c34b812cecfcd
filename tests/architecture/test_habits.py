"""Sizes, names and documentation that every file keeps to."""

import pytest

from tests.architecture import rules
from tests.architecture.sources import PACKAGE, PLUGINS, TESTS, Source

each_file = pytest.mark.parametrize(
    "source", PACKAGE, ids=lambda source: source.path.removeprefix("gossipchat/")
)
each_file_of_all = pytest.mark.parametrize(
    "source", [*PACKAGE, *PLUGINS, *TESTS], ids=lambda source: source.path
)
each_test_file = pytest.mark.parametrize(
    "source", TESTS, ids=lambda source: source.path.removeprefix("tests/")
)

ERRORS = set().union(
    *(rules.errors_in(s) for s in PACKAGE if s.path == "gossipchat/errors.py")
)


@each_file
def test_a_file_has_one_idea(source: Source) -> None:
    """At most 350 lines a file and 50 a function, docstrings left out of those."""
    assert list(rules.size_complaints(source)) == []


def test_nine_functions_in_ten_are_short() -> None:
    """The ninetieth percentile is at most 25 lines."""
    lengths = sorted(
        length for source in PACKAGE for _, length in rules.function_lengths(source)
    )
    assert lengths[len(lengths) * 9 // 10] <= 25


@each_file
def test_every_setting_is_explained(source: Source) -> None:
    """A docstring below each field of a Config: its unit, price and limit."""
    assert list(rules.setting_complaints(source)) == []


@each_file
def test_every_error_says_whose_fault_it_is(source: Source) -> None:
    """All are in errors.py, each with a docstring; nobody raises Exception."""
    assert list(rules.error_complaints(source, ERRORS)) == []


@each_file_of_all
def test_a_module_says_what_it_is_for(source: Source) -> None:
    """Its docstring comes first."""
    assert list(rules.docstring_complaints(source)) == []


@each_file_of_all
def test_nothing_is_put_off_or_vaguely_named(source: Source) -> None:
    """What is not done has an issue; no Manager, Handler, Util."""
    assert list(rules.word_complaints(source)) == []


@each_test_file
def test_tests_neither_sleep_nor_patch(source: Source) -> None:
    """They wait for a condition with a deadline, and use fakes that implement."""
    assert list(rules.test_habit_complaints(source)) == []
