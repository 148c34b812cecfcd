"""
A network for each test, closed at its end.
"""

from collections.abc import AsyncIterator

import pytest_twisted

from tests.loopback.net import Net


@pytest_twisted.async_yield_fixture
async def net() -> AsyncIterator[Net]:
    """Nodes and strangers on loopback; nothing of them is left afterwards."""
    opened = Net()
    yield opened
    await opened.stop()
