"""What a person reads when a port can't be had."""

import errno
import os

import pytest

from gossipchat.names import Address
from gossipchat.transport.port.port import cannot_listen


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (
            errno.EADDRINUSE,
            "port 80 at 192.0.2.1 is taken: choose another with --listen HOST:PORT,"
            " or stop what uses it",
        ),
        (
            errno.EACCES,
            "not permitted to listen on 192.0.2.1:80: choose a port above 1023 with"
            " --listen HOST:PORT",
        ),
        (
            errno.EADDRNOTAVAIL,
            "192.0.2.1 is not an address of this machine: choose one that is with"
            " --listen HOST:PORT, or 0.0.0.0 for all",
        ),
        (
            errno.EMFILE,
            "can't listen on 192.0.2.1:80: Too many open files; choose another with"
            " --listen HOST:PORT",
        ),
    ],
    ids=["taken", "not permitted", "not here", "anything else"],
)
def test_each_reason_comes_with_its_remedy(code: int, text: str) -> None:
    """One sentence: what is wrong, and what to do."""
    problem = OSError(code, os.strerror(code))
    assert str(cannot_listen(Address("192.0.2.1", 80), problem)) == text
