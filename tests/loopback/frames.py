"""What tests of links say, and with which keys."""

from gossipchat.transport.config import Config
from gossipchat.wire.ours.frames import Digest, Runs
from tests.loopback.net import identity

KEY = bytes(range(16))
OTHER_KEY = bytes(range(32))
LARGE = Runs((bytes(500_000),))
MALLORY = identity(666)
SHORT = Config(proof_timeout=0.2, first_byte_timeout=0.2, close_grace=0.2)


def numbered(number: int) -> Digest:
    """One frame of many."""
    return Digest(number.to_bytes(32))
