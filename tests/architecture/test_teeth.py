"""The rules bite: each is shown a text that breaks it."""

import pytest

from tests.architecture import rules
from tests.architecture.sources import Source


def floors(path: str, text: str) -> list[str]:
    return list(rules.floor_complaints(Source(path, text)))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("gossipchat/wire/memberlist/codec.py", "from gossipchat.swim import events"),
        ("gossipchat/wire/memberlist/codec.py", "import gossipchat.node.api"),
        ("gossipchat/swim/core.py", "from gossipchat.chat.events import Line"),
        ("gossipchat/swim/core.py", "from ..broadcast import events"),
        ("gossipchat/swim/core.py", "def f():\n    from gossipchat import peer"),
        ("gossipchat/store/tables.py", "from gossipchat.sim import heap"),
        ("gossipchat/faces/socket/server.py", "from gossipchat.node import driver"),
        ("gossipchat/faces/socket/server.py", "from gossipchat.chat import events"),
        ("gossipchat/faces/irc/server.py", "from gossipchat.faces.socket import lines"),
        ("gossipchat/cli/main.py", "from gossipchat.node import api"),
        ("gossipchat/cli/main.py", "from gossipchat.faces.socket import server"),
        ("gossipchat/terminal/chat.py", "from gossipchat.cli import main"),
        ("gossipchat/node/node.py", "from gossipchat.options import Options"),
        ("gossipchat/attic/old.py", "import json"),
        ("gossipchat/wire/memberlist/codec.py", "from gossipchat import attic"),
    ],
)
def test_an_import_up_sideways_or_past_the_door_is_seen(path: str, text: str) -> None:
    """Whatever its form and wherever it stands."""
    assert len(floors(path, text)) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("gossipchat/swim/core.py", "from gossipchat.wire.packet import Packet"),
        ("gossipchat/swim/core.py", "from gossipchat.swim import events"),
        ("gossipchat/swim/core.py", "from . import events"),
        ("gossipchat/names.py", "from gossipchat.errors import UsageError"),
        ("gossipchat/faces/irc/server.py", "from gossipchat.node.api import IChatNode"),
        ("gossipchat/cli/main.py", "from gossipchat.faces.socket.client import call"),
        ("gossipchat/cli/main.py", "from gossipchat import __version__"),
        (
            "gossipchat/__init__.py",
            "from gossipchat.node.library.cluster import Cluster",
        ),
        (
            "gossipchat/options/service.py",
            "from gossipchat.node.settings import NodeSettings",
        ),
    ],
)
def test_an_import_downwards_is_welcome(path: str, text: str) -> None:
    """The ground floor is everyone's; a room is at home in itself."""
    assert floors(path, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "import time",
        "from os import urandom",
        "import random",
        "from random import choice",
        "from twisted.internet import defer",
        "import requests",
        "def f():\n    import socket",
        "open('x')",
        "Ed25519PrivateKey.generate()",
    ],
)
def test_an_impure_room_is_seen(text: str) -> None:
    """In rooms that the simulator runs; a shell room may."""
    pure = Source("gossipchat/swim/core.py", text)
    shell = Source("gossipchat/transport/port/udp.py", text)
    assert len(list(rules.purity_complaints(pure))) == 1
    assert list(rules.purity_complaints(shell)) == []


@pytest.mark.parametrize(
    "text", ["import heapq", "from random import Random", "import msgpack"]
)
def test_what_is_pure_may_be_used(text: str) -> None:
    """Algorithms, seeded chance that is passed in, msgpack and what signs or checks."""
    source = Source("gossipchat/swim/core.py", text)
    assert list(rules.purity_complaints(source)) == []


def test_the_global_reactor_is_seen() -> None:
    """Below the node it is an argument."""
    text = "from twisted.internet import reactor"
    below = Source("gossipchat/transport/port/udp.py", text)
    above = Source("gossipchat/options/service.py", text)
    assert len(list(rules.reactor_complaints(below))) == 1
    assert list(rules.reactor_complaints(above)) == []


def test_a_long_file_and_a_long_function_are_seen() -> None:
    """The docstring is not counted."""
    body = "    x = 1\n" * 50
    long = Source("gossipchat/swim/core.py", f"def f():\n{body}")
    documented = Source("gossipchat/swim/core.py", f'def f():\n    """D."""\n{body}')
    assert list(rules.size_complaints(long)) == ["f has 51 lines; at most 50"]
    assert list(rules.function_lengths(documented)) == [("f", 51)]
    huge = Source("gossipchat/swim/core.py", "x = 1\n" * 351)
    assert list(rules.size_complaints(huge)) == ["351 lines; at most 350"]


def test_a_setting_without_a_word_is_seen() -> None:
    """The docstring of the class or of the next field doesn't count."""
    text = (
        'class SwimConfig:\n    """D."""\n    a: int = 1\n    b: int = 2\n    """B."""'
    )
    complaints = list(
        rules.setting_complaints(Source("gossipchat/swim/config.py", text))
    )
    assert complaints == ["line 3: SwimConfig.a isn't explained"]


@pytest.mark.parametrize(
    ("text", "complaints"),
    [
        ("class Late(DecodeError):\n    pass", 1),
        ("class Late(errors.DecodeError):\n    pass", 1),
        ('class Late(DecodeError):\n    """Whose fault."""', 0),
        ('class Odd(Exception):\n    """Whose fault."""', 1),
        ("raise Exception('no')", 1),
        ("raise BaseException", 1),
    ],
)
def test_an_error_that_says_nothing_is_seen(text: str, complaints: int) -> None:
    """And so is one that is not in errors.py, and a plain Exception."""
    found = rules.error_complaints(
        Source("gossipchat/wire/packet.py", text), {"Exception", "DecodeError"}
    )
    assert len(list(found)) == complaints


def test_errors_are_found_through_their_bases() -> None:
    """Level by level, as they stand in the file."""
    text = "class A(Exception): ...\nclass B(A): ...\nclass C: ..."
    found = rules.errors_in(Source("gossipchat/errors.py", text))
    assert found == {"Exception", "BaseException", "A", "B"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("gossipchat/swim/core.py", "# TO\x44O: more"),
        ("gossipchat/swim/core.py", "# good enough for n\x6fw"),
        ("gossipchat/swim/util.py", "x = 1"),
        ("gossipchat/swim/core.py", "class LinkManager: ..."),
    ],
)
def test_a_put_off_or_vague_word_is_seen(path: str, text: str) -> None:
    """In comments, file names and class names."""
    assert len(list(rules.word_complaints(Source(path, text)))) == 1


def test_a_module_without_a_docstring_is_seen() -> None:
    """An empty file needs none."""
    silent = Source("gossipchat/swim/core.py", "x = 1")
    empty = Source("tests/pure/__init__.py", "")
    assert len(list(rules.docstring_complaints(silent))) == 1
    assert list(rules.docstring_complaints(empty)) == []


NAP = "sleep"
"""Set in below, so that who searches the tests for naps finds none."""


@pytest.mark.parametrize(
    "text",
    [
        f"from time import {NAP}",
        f"import time\ntime.{NAP}(1)",
        "from unittest import mock",
        "from unittest.mock import patch",
    ],
)
def test_a_sleeping_or_patching_test_is_seen(text: str) -> None:
    """However it is imported."""
    source = Source("tests/pure/test_x.py", text)
    assert len(list(rules.test_habit_complaints(source))) == 1
