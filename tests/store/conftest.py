"""What tests of the store begin with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.builders import Kept, opened


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    """A new store."""
    with opened(tmp_path / "chat.db") as kept:
        yield kept
