"""
What every test gets: a time limit, a clean reactor, and its figures printed.

pytest-twisted runs each test, plain ones too, in the reactor's greenlet. It has
neither trial's time-out nor its check for what a test left behind, so both are
here. (pytest-timeout kills that greenlet, and every later test with it.)
"""

import functools
import gc
import inspect
import os
import signal
from collections.abc import Iterator
from typing import Any, cast

import pytest
from hypothesis import settings
from twisted.internet import defer, reactor
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

ASYNC_LIMIT_S = 120.0
"""What an ``async def`` test may take before its Deferred is cancelled."""

# A shell that runs us in the background ignores Ctrl-C, and so would all we start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Machines differ and are shared: no test may fail for being slow on one example.
settings.register_profile("house", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("brief", settings.get_profile("ci"), max_examples=20)
settings.load_profile("ci" if os.environ.get("CI") else "house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests on processes first, the longest before all; limits for async ones."""
    first = [item for item in items if item.get_closest_marker("minute")]
    second = [item for item in items if item.get_closest_marker("processes")]
    items[:] = dict.fromkeys([*first, *second, *items])
    for item in items:
        run = getattr(item, "obj", None)
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(run):
            item.obj = limited(run)


def limited(run: Any) -> Any:
    """*run*, a coroutine function, as one that gives a Deferred with a time-out."""

    @functools.wraps(run)
    def started(*args: Any, **named: Any) -> "defer.Deferred[Any]":
        fired = defer.Deferred.fromCoroutine(run(*args, **named))
        return fired.addTimeout(ASYNC_LIMIT_S, reactor)

    return started


@pytest.fixture(autouse=True)
def clean_reactor(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test leaves a socket, a timer or a failure that nobody handled."""
    if not request.node.nodeid.startswith(("tests/shell/", "tests/loopback/")):
        yield  # knows no reactor, and there are thousands
        return
    failures: list[LogEvent] = []

    def observe(event: LogEvent) -> None:
        if "log_failure" in event:
            failures.append(event)

    readers, timers = left_open()
    observer = cast(ILogObserver, observe)
    globalLogPublisher.addObserver(observer)
    yield
    # An unhandled failure shows when its Deferred is collected. The test's own are
    # young; looking through all there is would take longer than most tests.
    gc.collect(1)
    globalLogPublisher.removeObserver(observer)
    readers_after, timers_after = left_open()
    assert readers_after <= readers, "sockets left open"
    assert timers_after <= timers, "timers left running"
    if isinstance(request.instance, SynchronousTestCase):
        return  # trial has looked, and knows which failures were flushed
    texts = [event["log_failure"].getTraceback() for event in failures]
    assert not texts, "failures that nobody handled:\n" + "\n".join(texts)


def left_open() -> tuple[set[Any], set[Any]]:
    """What the real reactor reads from and waits for, its own wakers left out."""
    loop: Any = reactor
    readers = set(loop.getReaders()) - set(getattr(loop, "_internalReaders", ()))
    return readers, set(loop.getDelayedCalls())


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How long the things took that tests waited for, for those who tune."""
    lines = [
        f"{report.nodeid.rpartition('::')[2]}: {value}"
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", None) == "teardown"
        for name, value in report.user_properties
        if name == "figure"
    ]
    if lines:
        terminalreporter.section("figures (seconds, unless it says otherwise)")
        for line in sorted(lines):
            terminalreporter.line(line)
