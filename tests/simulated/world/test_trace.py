"""A run can be told and drawn, and goes the same way when it is."""

import os
import subprocess
import sys
from pathlib import Path

from gossipchat.sim.world.trace import BELIEVED, DONE, FRAME, SENT, SHOWN, Trace
from gossipchat.sim.world.world import World
from gossipchat.swim.events import Status

SCRIPT = Path(__file__).parents[3] / "scripts" / "trace"


def played(traced: bool) -> tuple[World, Trace | None]:
    """Three nodes, a line, a crash."""
    world = World(3)
    trace = Trace(world) if traced else None
    world.start_all(3)
    world.run(3)
    world.say("n0", "hello")
    world.run(1)
    world.crash("n2")
    world.run(10)
    return world, trace


def test_a_trace_tells_who_sent_believed_and_showed_what() -> None:
    """And what the script did, in the order of time."""
    world, trace = played(traced=True)
    assert trace is not None
    steps = trace.steps
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    done = [step.what for step in steps if step.kind == DONE]
    assert done[-2:] == ["say n0 hello", "crash n2"]
    shown = {step.by for step in steps if step.kind == SHOWN}
    assert shown == {"n0", "n1", "n2"}
    dead = {
        (step.by, step.of)
        for step in steps
        if step.kind == BELIEVED and step.status is Status.DEAD
    }
    assert dead == {("n0", "n2"), ("n1", "n2")}
    pings = [step for step in steps if step.kind == SENT and "Ping" in step.what]
    assert {step.of for step in pings} >= {"n0", "n1", "n2"}
    assert any(step.kind == FRAME and step.of == "n1" for step in steps)
    assert world.listen is not None


def test_a_run_is_the_same_with_and_without_a_trace() -> None:
    """It only looks."""
    with_it, without = played(traced=True)[0], played(traced=False)[0]
    assert with_it.happenings == without.happenings


def test_the_script_prints_steps_and_draws_them(tmp_path: Path) -> None:
    """A few seconds of one disaster: lines to read, and an SVG with a lane a node."""
    run = [sys.executable, str(SCRIPT), "1", "--size", "3", "--steps", "3"]
    told = [
        subprocess.run(
            [*run, "--until", "3"],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert told[0] == told[1]
    assert "believes" in told[0]
    picture = tmp_path / "run.svg"
    subprocess.run([*run, "--picture", str(picture)], check=True)
    drawn = picture.read_text(encoding="utf-8")
    assert drawn.startswith("<svg")
    assert drawn.count("<text") >= 4
