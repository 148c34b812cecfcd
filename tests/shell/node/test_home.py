"""The data directory: nobody else reads what is secret, whoever put it there."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gossipchat.node.home import IDENTITY, KEYRING, Home, write_secret
from gossipchat.store.store import Store
from gossipchat.wire.layers.keyring import format_keyring_file

OPEN_TO_ALL = 0o644


@pytest.fixture(autouse=True)
def careless() -> Iterator[None]:
    """Of a user who lets everybody read, and write, everything."""
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    return {file.name: oct(file.stat().st_mode & 0o777) for file in folder.iterdir()}


def test_all_that_is_made_is_ours_alone(tmp_path: Path) -> None:
    """In a folder that is open to all, too."""
    tmp_path.chmod(0o755)
    home, store = Home(tmp_path), Store(tmp_path / "gossipchat.db")
    home.open()
    home.identity()
    write_secret(tmp_path / KEYRING, format_keyring_file([bytes(16)]))
    store.open()
    try:
        assert len(modes(tmp_path)) >= 6
        assert set(modes(tmp_path).values()) == {"0o600"}
    finally:
        store.close()
        home.close()


def test_what_was_put_back_open_to_all_is_closed(tmp_path: Path) -> None:
    """A backup's mode is that of whoever unpacked it."""
    home, store = Home(tmp_path), Store(tmp_path / "gossipchat.db")
    identity = home.identity().key
    write_secret(tmp_path / KEYRING, format_keyring_file([bytes(16)]))
    store.open()
    store.close()
    for file in tmp_path.iterdir():
        file.chmod(OPEN_TO_ALL)
    assert home.identity().key == identity
    assert home.keyring(None) is not None
    again = Store(tmp_path / "gossipchat.db")
    again.open()
    assert set(modes(tmp_path).values()) == {"0o600"}
    again.close()


def test_a_key_ring_elsewhere_is_left_as_it_is(tmp_path: Path) -> None:
    """It may be root's, for several services to read."""
    shared = tmp_path / "shared.json"
    write_secret(shared, format_keyring_file([bytes(16)]))
    shared.chmod(0o640)
    assert Home(tmp_path).keyring(shared) is not None
    assert modes(tmp_path) == {"shared.json": "0o640"}


def test_no_secret_is_written_into_what_was_there(tmp_path: Path) -> None:
    """A file that others opened before, or a link to one of theirs."""
    theirs, secret = tmp_path / "theirs", tmp_path / IDENTITY
    theirs.touch(OPEN_TO_ALL)
    (tmp_path / "identity.json.new").symlink_to(theirs)
    write_secret(secret, "{}")
    assert theirs.read_text() == ""
    assert (secret.read_text(), secret.is_symlink()) == ("{}", False)
    (tmp_path / "identity.json.new").touch(OPEN_TO_ALL)
    write_secret(secret, "[]")
    assert modes(tmp_path)[IDENTITY] == "0o600"
