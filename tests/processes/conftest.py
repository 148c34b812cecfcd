"""What tests on processes get: a lab each, and the logs when one fails."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.processes.lab import Lab
from tests.processes.lab.serf import Agents, agents_in
from tests.processes.lab.wires import WiredLab, why_no_wires


@pytest.fixture
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """Real nodes for one test; all have ended after it, and none met a bug."""
    made = Lab(noter(request))
    yield made
    assert_clean(made)


@pytest.fixture(scope="module")
def shared() -> Iterator[Lab]:
    """
    One lab for the tests of a file that leave each other in peace. The file has the
    mark ``xdist_group``, or each worker would start it anew.
    """
    made = Lab(lambda what, took: None)
    yield made
    assert_clean(made)


@pytest.fixture
def wired(request: pytest.FixtureRequest) -> Iterator[WiredLab]:
    """A lab with a machine for every node, and a bridge that can be cut."""
    if why := why_no_wires():
        pytest.skip(why)
    made = WiredLab(noter(request))
    yield made
    assert_clean(made)


def assert_clean(lab: Lab) -> None:
    """End what runs in *lab*; nobody in it met a bug."""
    tracebacks = lab.tracebacks()
    lab.close()
    assert not tracebacks, "\n".join(tracebacks)


@pytest.fixture
def agents(lab: Lab) -> Agents:
    """Debian's serf agents, in the lab's folder."""
    return agents_in(lab)


def noter(request: pytest.FixtureRequest) -> Callable[[str, float], None]:
    """Keeps what was waited for with the test's report, for the run's end."""

    def note(what: str, took: float) -> None:
        request.node.user_properties.append(("figure", f"{what}: {took:.1f}"))

    return note


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A failure on processes shows what they logged."""
    outcome: Any = yield
    report = outcome.get_result()
    if report.when == "call" and report.failed:
        for own in getattr(item, "funcargs", {}).values():
            if isinstance(own, Lab):
                report.sections.append(("logs", own.logs()))
