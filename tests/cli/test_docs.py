"""The pages that people read name everything there is."""

import re
from pathlib import Path

import pytest

from gossipchat.cli.commands import gossipchat
from gossipchat.faces.socket.commands import ASKS, STREAMS
from gossipchat.faces.socket.users import Guest
from gossipchat.options import Options
from gossipchat.terminal.commands import COMMANDS

DOCS = Path(__file__).parents[2] / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(gossipchat.commands))
def test_every_sub_command_is_described(name: str) -> None:
    """With its options."""
    text = page("commands.md")
    assert f"`{name}" in text or f"gossipchat {name}" in text
    for parameter in gossipchat.commands[name].params:
        for option in parameter.opts:
            assert not option.startswith("--") or option in text, option


def test_every_option_of_a_node_is_described() -> None:
    """Those of twistd's own `--help` and `--version` aside."""
    text = page("commands.md")
    for name in Options().longOpt:
        option = f"--{name.rstrip('=')}"
        assert f"`{option}" in text or option in ("--help", "--version"), option


def test_the_configuration_file_that_is_shown_is_accepted(tmp_path: Path) -> None:
    """Whoever copies it has a node that starts."""
    (shown,) = re.findall(r"```toml\n(.*?)```", page("commands.md"), re.DOTALL)
    path = tmp_path / "node.toml"
    path.write_text(shown, encoding="utf-8")
    options = Options()
    options.parseOptions(["--config", str(path)])  # type: ignore[no-untyped-call]
    assert options.settings.listen == ("10.0.0.2", 7946)


@pytest.mark.parametrize("word", sorted(COMMANDS))
def test_every_command_of_the_terminal_is_described(word: str) -> None:
    """As /help does."""
    assert word in page("commands.md")


@pytest.mark.parametrize("do", sorted([*ASKS, *STREAMS, *Guest.REQUESTS, "stop"]))
def test_every_request_is_described(do: str) -> None:
    """What is asked, followed, and done by who is logged in."""
    assert f"`{do}`" in page("socket.md")
