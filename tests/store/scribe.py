"""
A process that plays a script on the store, to be killed in the middle.

    python -m tests.store.scribe PATH SEED DONE

Plays what ``kept_steps(SEED)`` are from number DONE on, and says a line for each that
the store has acknowledged, in their order. Some are always under way.
"""

import os
import sys
from pathlib import Path
from queue import SimpleQueue

from gossipchat.chat.events import Persist
from gossipchat.store.store import Store
from tests.store.test_both_disks import kept_steps

UNDER_WAY = 5


def main(path: str, seed: str, done: str) -> None:
    store = Store(Path(path))
    store.open()
    answers: SimpleQueue[object] = SimpleQueue()
    asked = 0
    for step in kept_steps(int(seed))[int(done) :]:
        match step.thing:
            case Persist() as made:
                store.persist(made, answers.put)
            case fact:
                store.remember((fact,), answers.put)  # type: ignore[arg-type]
        asked += 1
        if asked > UNDER_WAY:
            _tell(answers.get())
    for _ in range(min(asked, UNDER_WAY)):
        _tell(answers.get())
    store.close()


def _tell(answer: object) -> None:
    os.write(1, f"{answer}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
