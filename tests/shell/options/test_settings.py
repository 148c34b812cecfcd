"""The settings of a node: what is refused, and what follows from them."""

from pathlib import Path

import pytest

from gossipchat.errors import ConfigError, Refused, UsageError
from gossipchat.node.settings import ROOMS, NodeSettings

HERE = Path("/data")


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104
        ("::", False),
        ("10.0.0.1", False),
        ("chat.example", False),
    ],
)
def test_beyond_loopback_a_key_is_required(host: str, alone: bool) -> None:
    """A name may lead anywhere, so it counts as beyond."""
    settings = NodeSettings(data=HERE, listen=(host, 7946))
    if alone:
        settings.require_key()
        return
    with pytest.raises(Refused, match="keygen"):
        settings.require_key()
    NodeSettings(data=HERE, listen=(host, 7946), open=True).require_key()
    NodeSettings(data=HERE, listen=(host, 7946), keyring=HERE).require_key()


def test_a_keyring_in_the_folder_counts(tmp_path: Path) -> None:
    """Wherever it is, as long as it is called keyring.json."""
    settings = NodeSettings(data=tmp_path, listen=("10.0.0.1", 7946))
    assert settings.keyring_file is None
    (tmp_path / "keyring.json").write_text("[]", encoding="ascii")
    assert settings.keyring_file == tmp_path / "keyring.json"
    settings.require_key()


def test_relative_paths_are_refused() -> None:
    """A daemon would look for them elsewhere."""
    with pytest.raises(ConfigError, match="absolute"):
        NodeSettings(data=Path("data"))
    with pytest.raises(ConfigError, match="absolute"):
        NodeSettings(data=HERE, keyring=Path("k"))


def test_the_longest_socket_path_is_107_bytes() -> None:
    """One more is refused with the remedy; bytes count, not characters."""
    longest = Path("/" + "x" * (107 - len("//api.sock")))
    assert NodeSettings(data=longest).socket == longest / "api.sock"
    for data in (Path(f"{longest}x"), Path("/" + "ä" * 60)):
        with pytest.raises(UsageError, match="--data"):
            NodeSettings(data=data)


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("profile", ["lan", "wan", "local"])
def test_every_room_has_settings_in_every_profile(room: str, profile: str) -> None:
    """Rooms without profiles have their defaults."""
    assert NodeSettings(data=HERE, profile=profile).of_room(room) is not None


def test_a_room_without_settings_is_refused() -> None:
    """With those that have some."""
    with pytest.raises(UsageError, match="swim, broadcast"):
        NodeSettings(data=HERE, overrides={"kitchen": {}})


def test_a_value_of_the_wrong_type_is_refused_in_words() -> None:
    """Not in those of Python."""
    with pytest.raises(ConfigError, match=r"'a', but it must be a number$"):
        NodeSettings(data=HERE, overrides={"swim": {"probe_interval": "a"}})
