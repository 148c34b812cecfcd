"""Sweeps: the same tasks in the same order, on all cores or on a Dask cluster."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"

SWEEP = """
import json, sys
from lab.sweep import sweep
from gossipchat.sim.counting import spread

def play(seed):
    return spread(seed, 40).packets, spread(seed, 40).last

if __name__ == "__main__":
    address = None
    if sys.argv[1] == "dask":
        from distributed import LocalCluster
        cluster = LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        )
        address = cluster.scheduler_address
    print(json.dumps(sweep(play, range(6), 2, address)))
"""


def swept(how: str, folder: Path) -> list[list[float]]:
    """The outcomes of one sweep, by a process of its own."""
    script = folder / "swept.py"
    script.write_text(SWEEP, encoding="utf-8")
    path = os.pathsep.join([str(BENCH), str(BENCH.parent)])
    done = subprocess.run(
        [sys.executable, str(script), how],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found: list[list[float]] = json.loads(done.stdout)
    return found


def test_a_dask_cluster_plays_the_same_runs(tmp_path: Path) -> None:
    """A local one, real: a scheduler and two worker processes."""
    pytest.importorskip(
        "distributed", reason="comes with requirements/bench.txt (make bench)"
    )
    here, there = swept("here", tmp_path), swept("dask", tmp_path)
    assert len(here) == 6
    assert there == here
