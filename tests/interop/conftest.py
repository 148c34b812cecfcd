"""What tests on processes get, and networks that can be muted."""

from collections.abc import Iterator

import pytest

from tests.interop.walls import WalledLab
from tests.processes.conftest import (
    agents,
    assert_clean,
    lab,
    noter,
    pytest_runtest_makereport,
    wired,
)
from tests.processes.lab.wires import why_no_wires

__all__ = ["agents", "lab", "pytest_runtest_makereport", "walled", "wired"]


@pytest.fixture
def walled(request: pytest.FixtureRequest) -> Iterator[WalledLab]:
    """A lab in a network of its own, in which packets can be dropped."""
    if why := why_no_wires():
        pytest.skip(why)
    made = WalledLab(noter(request))
    yield made
    assert_clean(made)
