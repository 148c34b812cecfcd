"""
What the host of a virtual machine gave to others while programs here wanted to run.

Such time looks like any other to whoever measures: a turn of half a millisecond takes
five. Linux counts it (``steal`` in /proc/stat, see proc(5)); elsewhere nobody does.
"""

from dataclasses import dataclass
from pathlib import Path

STAT = Path("/proc/stat")


@dataclass(frozen=True)
class Ticks:
    """Of all processors together, since the machine started."""

    busy: int
    """In which something ran."""
    stolen: int
    """In which something would have run."""


def ticks(stat: Path = STAT) -> Ticks | None:
    """Until now; None where nobody counts."""
    try:
        first = stat.read_text(encoding="ascii").splitlines()[0]
        user, nice, system, _idle, _waiting, irq, softirq, stolen = (
            int(one) for one in first.split()[1:9]
        )
    except (OSError, ValueError, IndexError):
        return None
    return Ticks(user + nice + system + irq + softirq, stolen)


def stolen_since(before: Ticks | None, now: Ticks | None) -> float | None:
    """The share (0 to 1) of the time that was wanted here; None if nobody counts."""
    if before is None or now is None:
        return None
    stolen = now.stolen - before.stolen
    wanted = stolen + now.busy - before.busy
    return stolen / wanted if wanted else 0.0
