"""What an idle member costs: as far as it was counted, and the median of several."""

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


def test_what_was_not_counted_has_no_row(idle: ModuleType) -> None:
    """On loopback no card counts bytes: they are left out, not nought."""
    counted = {idle.NODE: {"cpu_s": 0.15, "rss": 60.0}}
    text = idle.in_words(counted)
    assert "memory, MiB | 60" in text
    assert "bytes" not in text
    counted[idle.NODE]["bytes_sent"] = 442.0
    assert "sent, bytes a second | 442" in idle.in_words(counted)


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
