"""Where real members cannot have machines of their own, they are on loopback."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture
def loopback(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The bench's module, which lies beside the package."""
    monkeypatch.syspath_prepend(str(BENCH))
    return import_module("lab.loopback")


def test_without_what_namespaces_need_members_are_on_loopback(
    loopback: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Here there is no ip, whoever asks; why is told."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert loopback.on_loopback(False)
    told = capsys.readouterr().err
    assert "on loopback" in told
    assert "not root" in told or "there is no ip" in told


def test_loopback_can_be_asked_for(loopback: ModuleType) -> None:
    """As root, too."""
    assert loopback.on_loopback(True)


def test_what_needs_a_network_of_its_own_is_left_out_and_told(
    loopback: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rest goes on; with machines there is nothing to leave out."""
    both = ["killed", "vanished"]
    fits = {"killed"}.__contains__
    here = loopback.Distance(loopback=True)
    assert loopback.possible(both, fits, here) == ["killed"]
    told = capsys.readouterr().err
    assert told.startswith("left out: vanished (")
    assert "root or user namespaces" in told
    assert loopback.possible(both, fits, loopback.Distance()) == both
    assert not capsys.readouterr().err


def test_a_bench_with_nothing_left_ends(loopback: ModuleType) -> None:
    """Its status is for scripts/on-machines, which takes it for well."""
    here = loopback.Distance(loopback=True)
    with pytest.raises(SystemExit) as ended:
        loopback.possible(["vanished"], {"killed"}.__contains__, here)
    assert ended.value.code == loopback.LEFT_OUT


def test_a_place_runs_a_process_and_ends_it(
    loopback: ModuleType, tmp_path: Path
) -> None:
    """Its processor and memory are counted; bytes are nobody's there."""
    place = loopback.Place("127.0.0.1", "gc-place")
    with (tmp_path / "log").open("wb") as log:
        process = place.start(["sleep", "600"], log, tmp_path)
    try:
        counted = place.counted()
        assert counted.rss > 0
        assert counted.bytes_sent == counted.packets_sent == 0
    finally:
        place.close()
    assert process.poll() is not None
