"""docs/faults.md claims nothing that no test shows, nor does any other page."""

import re
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

PAGES = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
NAMES = set(re.findall(r"`(test_[a-z0-9_]+)`", TEXT))
FILES = sorted(set(re.findall(r"`(tests/[a-z0-9_/]+\.py)`", TEXT)))


def defined() -> set[str]:
    """Every test function there is."""
    files = (ROOT / "tests").rglob("test_*.py")
    texts = [path.read_text(encoding="utf-8") for path in files]
    return {name for text in texts for name in re.findall(r"def (test_\w+)", text)}


def test_every_test_that_a_page_names_is_there() -> None:
    """A claim whose test was renamed or removed would be a mere claim."""
    assert len(NAMES) > 50
    assert NAMES - defined() == set()


@pytest.mark.parametrize("name", FILES)
def test_file_that_a_page_names_is_there(name: str) -> None:
    """The same for whole files."""
    assert (ROOT / Path(name)).is_file()
