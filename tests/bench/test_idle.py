"""What an idle member costs: as far as it was counted, and the median of several."""

import json
import subprocess
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The bench's module, which lies beside the package."""
    monkeypatch.syspath_prepend(str(BENCH))
    return import_module("idle")


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The part of it that knows processes."""
    monkeypatch.syspath_prepend(str(BENCH))
    return import_module("lab.real_idle")


def test_what_was_not_counted_has_no_row(real: ModuleType) -> None:
    """On loopback no card counts bytes: they are left out, not nought."""
    counted = {real.NODE: {"cpu_s": 0.15, "rss": 60.0}}
    text = real.in_words(counted)
    assert "memory, MiB | 60" in text
    assert "bytes" not in text
    counted[real.NODE]["bytes_sent"] = 442.0
    assert "sent, bytes a second | 442" in real.in_words(counted)


def test_ours_is_told_as_a_share_of_each_other_kind(real: ModuleType) -> None:
    """As many columns more as there are others; a share of nothing is none."""
    rows = {
        real.NODE: {"cpu_s": 0.2, "bytes_sent": 30.0},
        real.AGENT: {"cpu_s": 0.1, "bytes_sent": 60.0},
        real.KINSHIP: {"cpu_s": 0.0, "bytes_sent": 120.0},
    }
    head, _, *lines = real.in_words(rows).splitlines()
    assert head.endswith("| gossipchat | serf | kinship | of serf's | of kinship's |")
    assert lines[0].endswith("| 0.2 | 0.1 | 0 | 2.00 | - |")
    assert lines[1].endswith("| 30 | 60 | 120 | 0.50 | 0.25 |")


def test_kinship_is_always_in_a_cluster_of_its_own(
    idle: ModuleType, real: ModuleType
) -> None:
    """Nobody else speaks its protocol; agents are beside nodes, usually."""
    three = [real.NODE, real.AGENT, real.KINSHIP]
    assert real.clusters_of(three, apart=False) == [three[:2], three[2:]]
    assert real.clusters_of(three, apart=True) == [[kind] for kind in three]
    assert real.clusters_of([real.NODE], apart=False) == [[real.NODE]]
    assert idle.company([real.NODE, real.KINSHIP], apart=False) == "apart"
    assert idle.company(three, apart=False) == "mixed"


def test_over_several_sizes_there_is_a_row_for_each_and_each_kind(
    real: ModuleType,
) -> None:
    """And a curve of each kind's every figure."""
    found = {
        size: {real.NODE: {"cpu_s": size / 100}, real.AGENT: {"cpu_s": size / 50}}
        for size in (4, 16)
    }
    rows = real.over_in_words(found).splitlines()[2:]
    assert rows[0] == "| gossipchat, n = 4 | 0.04 |"
    assert rows[-1] == "| serf, n = 16 | 0.32 |"
    curves = real.curves_over(found)
    assert curves["serf: CPU, s a minute"] == [(4, 0.08), (16, 0.32)]


class Machine:
    """One whose process prints *lines* and stays."""

    host = door = "127.0.0.1"
    namespace = "gc-idle"

    def __init__(self, *lines: dict[str, str]) -> None:
        self._text = "".join(json.dumps(line) + "\n" for line in lines)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *_: object) -> "subprocess.Popen[bytes]":
        """Whatever the command."""
        script = 'printf %s "$0"; exec sleep 600'
        command = ["sh", "-c", script, self._text]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
        return self.process


def test_whom_kinship_holds_alive_is_what_it_told_last(
    real: ModuleType, tmp_path: Path
) -> None:
    """It is not asked: what it printed waits in a pipe until somebody wants to know."""
    told = [("a", "alive"), ("b", "alive"), ("c", "alive"), ("b", "dead")]
    machine = Machine(*({"name": name, "status": status} for name, status in told))
    member = real.IdleMember(machine, real.KINSHIP, tmp_path)
    member.start("")
    assert machine.process is not None
    try:
        member.wait_until_whole(2)
        assert member.alive() == 2
    finally:
        machine.process.kill()
        machine.process.communicate()


def test_each_size_has_the_median_of_its_seeds(idle: ModuleType) -> None:
    """Simulated: a row for each number of members."""

    def cost(packets: float) -> object:
        return idle.Cost(packets=packets, bytes=1.0, link_bytes=0.0, links=3.0)

    played = [
        (idle.Run(idle.WHOLE, size, seed, 60.0), cost(size + seed))
        for size in (16, 64)
        for seed in range(3)
    ]
    rows = idle.simulated_rows(played)
    assert {size: row["packets"] for size, row in rows.items()} == {16: 17, 64: 65}
