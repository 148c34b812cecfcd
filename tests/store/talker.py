"""
A process that says something again and again, to be killed in the middle.

    python -m tests.store.talker PATH [--others] [--times N] [--batch N]

Each line of its output is one batch that the store has acknowledged: the epoch, the
last seq, the arrival number of the first entry; or ``refused`` and why. With
--others the batches are somebody else's. It goes on for ever unless --times says
how often; with --times each batch waits for a line of input. First it says ``open``.
"""

import argparse
import os
import secrets
import sys
from pathlib import Path
from queue import SimpleQueue

from gossipchat.chat.events import Written
from gossipchat.errors import StoreError
from gossipchat.store.store import Store
from tests.store.builders import batch, pen, said


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("path", type=Path)
    options.add_argument("--others", action="store_true")
    options.add_argument("--times", type=int)
    options.add_argument("--batch", type=int, default=3)
    talk(options.parse_args())


def talk(options: argparse.Namespace) -> None:
    store = Store(options.path)
    try:
        store.open()
    except StoreError as problem:
        tell(f"refused {problem}")
        sys.exit(1)
    tell("open")
    author = pen(epoch=secrets.randbits(64))
    answers: SimpleQueue[str] = SimpleQueue()
    under_way = 0
    while options.times is None or options.times > 0:
        if options.times is not None:
            options.times -= 1
            sys.stdin.readline()
        run = author.compose([said(f"{author.next_seq}")] * options.batch)

        def done(
            outcome: Written | StoreError,
            epoch: int = run.feed.epoch,
            last: int = run.last,
        ) -> None:
            if isinstance(outcome, StoreError):
                answers.put(f"refused {outcome}")
            else:
                answers.put(f"{epoch} {last} {outcome.first_n}")

        store.persist(batch(run, own=not options.others), done)
        under_way += 1
        if under_way < 5 and options.times is None:
            continue  # some are always under way, so that a kill hits some
        under_way -= 1
        answer = answers.get()
        tell(answer)
        if answer.startswith("refused"):
            author.take_back(run)
    store.close()


def tell(what: str) -> None:
    """In one write, so that a trace shows it as one."""
    os.write(1, f"{what}\n".encode())


if __name__ == "__main__":
    main()
