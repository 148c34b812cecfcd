"""Real members at a distance: packets take their time, in order, through the walls."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.processes.lab.wires import why_no_wires

BENCH = Path(__file__).parents[2] / "bench"
DELAY_MS, JITTER_MS = 20.0, 10.0
PORT = 7946

ECHO = f"""
import socket
here = socket.socket(type=socket.SOCK_DGRAM)
here.bind(("", {PORT}))
while True:
    here.sendto(*here.recvfrom(100))
"""

ASK = """
import json, socket, sys, time
here = socket.socket(type=socket.SOCK_DGRAM)
here.connect((sys.argv[1], int(sys.argv[2])))

def ask(text, patience):
    here.settimeout(patience)
    began = time.monotonic()
    try:
        here.send(text)
        while here.recv(100) != text:
            pass
    except OSError:
        return None
    return time.monotonic() - began

if sys.argv[3:]:
    print(json.dumps([ask(b"cut?%d" % number, 0.15) for number in range(2)]))
    sys.exit()
ends = time.monotonic() + 20  # until the echo is up
while ask(b"up?%r" % time.monotonic(), 0.2) is None and time.monotonic() < ends:
    pass
trips = [ask(b"trip%d" % number, 5.0) for number in range(5)]
for number in range(100):
    here.send(b"%d" % number)
came = []
here.settimeout(1.0)
try:
    while len(came) < 100:
        came.append(int(here.recv(100)))
except OSError:
    pass  # UDP may lose some
print(json.dumps([trips, came]))
"""


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Imports a module of the bench's lab, which lies beside the package."""
    monkeypatch.syspath_prepend(str(BENCH))
    endings = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(ending) for ending in endings]
    yield lambda name: import_module(f"lab.{name}")
    for ending, reaction in zip(endings, before, strict=True):
        signal.signal(ending, reaction)


@pytest.mark.processes
def test_packets_take_their_time_in_order_and_walls_stand(
    lab: Any, tmp_path: Path
) -> None:
    """No round trip is faster than two ways; a cut ends all; nothing stays behind."""
    why = why_no_wires() or lab("cables").why_no_delay()
    if why:
        pytest.skip(why)
    fabric = lab("fabric").Fabric(lab("distance").Distance(DELAY_MS, JITTER_MS))
    with fabric, (tmp_path / "log").open("wb") as log:
        there, asker = fabric.add(), fabric.add()
        there.start([sys.executable, "-I", "-c", ECHO], log, tmp_path)
        ask = (sys.executable, "-I", "-c", ASK, there.host, str(PORT))
        trips, came = json.loads(asker.ask(*ask))
        fabric.walls.cut([there.host], [asker.host])
        assert json.loads(asker.ask(*ask, "cut")) == [None, None]
        carrier = fabric.cables.carrier_pid
    known = [trip for trip in trips if trip is not None]
    assert known, trips
    assert min(known) >= 2 * (DELAY_MS - JITTER_MS) / 1000
    assert came
    assert came == sorted(came)
    assert not list(lab("leftovers").SPACES.glob(f"{fabric.name}*"))
    with pytest.raises(ProcessLookupError):
        os.kill(carrier, 0)


@pytest.mark.parametrize("seed", range(3))
def test_frames_wait_as_told_and_never_overtake(lab: Any, seed: int) -> None:
    """Each waits within the jitter, or goes right behind the one before."""
    carrier = lab("carrier")
    chance, way = Random(seed), carrier.Way(3, 4)
    lateness = carrier.Lateness(0.010, 0.004, chance)
    now, last = 0.0, 0.0
    for _ in range(200):
        now += chance.uniform(0.0, 0.003)
        due = lateness.due(way, now)
        assert due >= last
        assert due >= now + 0.006
        assert due == last or due <= now + 0.014
        last = due


@pytest.mark.parametrize("full", [False, True])
def test_a_cable_holds_so_many_frames(lab: Any, full: bool) -> None:
    """As netem's queue: what comes to a full one is dropped, and counted."""
    carrier = lab("carrier")
    source, sink = os.pipe()
    try:
        os.write(sink, b"frame")
        one = carrier.Carrier(carrier.Lateness(9.0, 0.0, Random(1)))
        way = carrier.Way(source, sink, waiting=carrier.MOST_WAITING - (not full))
        os.set_blocking(source, False)
        one._take(way)
        assert (one.dropped, way.waiting) == (int(full), carrier.MOST_WAITING)
    finally:
        os.close(source)
        os.close(sink)
