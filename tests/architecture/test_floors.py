"""Which room may know which: the floor plan of docs/architecture.md, held."""

import subprocess
import sys

import pytest

from tests.architecture import rules
from tests.architecture.sources import PACKAGE, PLUGINS, Source, complaints


def test_a_file_imports_downwards_only() -> None:
    """Rooms on one floor don't know each other; programs see the client alone."""
    assert complaints(rules.floor_complaints, PACKAGE) == []


def test_a_pure_room_stays_pure() -> None:
    """Floors 0 to 3 and sim know no Twisted, clock, socket, file or own chance."""
    assert complaints(rules.purity_complaints, PACKAGE) == []


def test_nothing_below_the_node_takes_the_global_reactor() -> None:
    """Reactor and clock are arguments."""
    assert complaints(rules.reactor_complaints, PACKAGE) == []


@pytest.mark.parametrize("source", PLUGINS, ids=lambda source: source.path)
def test_the_plugin_is_light(source: Source) -> None:
    """twistd reads every plugin at each start, whatever it was asked for."""
    names = [wanted.name for wanted in source.imports]
    assert names == ["twisted.application.service.ServiceMaker"]


def test_plugin_folders_have_no_init() -> None:
    """With one they would hide Twisted itself, or other people's plugins."""
    assert [source.path for source in PLUGINS] == [
        "twisted/plugins/gossipchat_plugin.py"
    ]


def test_the_command_starts_without_twisted() -> None:
    """Scripts poll `gossipchat`; importing Twisted alone costs 0.3 s."""
    code = "import sys, gossipchat.cli.main; print('twisted' in sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "False\n"
