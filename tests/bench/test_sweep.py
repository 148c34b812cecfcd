"""Sweeps: the same tasks in the same order, on all cores or on a Dask cluster."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"
PATIENCE_S = 240

SWEEPS = """
import json
from distributed import LocalCluster
from lab.sweep import sweep
from gossipchat.sim.swim_alone.counting import spread

def play(seed):
    return spread(seed, 40).packets, spread(seed, 40).last

if __name__ == "__main__":
    here = sweep(play, range(6), 2)
    with LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    ) as cluster:
        there = sweep(play, range(6), dask=cluster.scheduler_address)
    print(json.dumps([here, there]))
"""


def test_a_dask_cluster_plays_the_same_runs(tmp_path: Path) -> None:
    """A local one, real: a scheduler and two worker processes, on 127.0.0.1."""
    pytest.importorskip(
        "distributed", reason="comes with requirements/dask.txt (make test)"
    )
    script = tmp_path / "sweeps.py"
    script.write_text(SWEEPS, encoding="utf-8")
    patient = {
        "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": f"{PATIENCE_S}s",
        "DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": f"{PATIENCE_S}s",
    }
    own = {
        "PYTHONPATH": os.pathsep.join([str(BENCH), str(BENCH.parent)]),
        "DASK_CONFIG": str(tmp_path),
        "DASK_TEMPORARY_DIRECTORY": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, **patient, **own},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    here, there = json.loads(done.stdout)
    assert len(here) == 6
    assert there == here
