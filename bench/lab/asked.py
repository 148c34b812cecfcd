"""
Options that several benches have, each told in the same words; and what a bench does
with a wrong one: it says so in a sentence, before anything has begun.
"""

import os
import shutil
from argparse import (
    ArgumentParser,
    ArgumentTypeError,
    Namespace,
    RawDescriptionHelpFormatter,
)
from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from math import inf, isfinite
from typing import TypeVar

from lab.distance import Distance
from lab.loopback import on_loopback
from lab.members import AGENT, KINDS, KINSHIP, NODE

One = TypeVar("One")

# --- what a value may be ------------------------------------------------------


def count(least: int = 1, most: float = inf) -> Callable[[str], int]:
    """A whole number from *least* to *most*."""

    def read_count(text: str) -> int:
        number = _number(text, int, "a whole number")
        return _within(text, number, least, most)

    return read_count


def amount(least: float = 0.0, most: float = inf) -> Callable[[str], float]:
    """Any number from *least* to *most*."""

    def read_amount(text: str) -> float:
        return _within(text, _number(text, float, "a number"), least, most)

    return read_amount


def one_of(known: Iterable[str]) -> Callable[[str], str]:
    """One of these words."""
    words = list(known)

    def read_word(text: str) -> str:
        if text not in words:
            raise ArgumentTypeError(f"{text!r} is none of {', '.join(words)}")
        return text

    return read_word


def several(read_one: Callable[[str], One]) -> Callable[[str], list[One]]:
    """Some of these, separated by commas."""
    return lambda text: [read_one(part.strip()) for part in text.split(",")]


def _number(text: str, kind: Callable[[str], One], wanted: str) -> One:
    try:
        return kind(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not {wanted}") from None


def _within(text: str, number: One, least: float, most: float) -> One:
    value = float(number)  # type: ignore[arg-type]
    if not (isfinite(value) and least <= value <= most):
        span = f"from {least:g} to {most:g}" if most < inf else f"{least:g} or more"
        raise ArgumentTypeError(f"{text} must be {span}")
    return number


# --- options ------------------------------------------------------------------


def parser(told: str | None) -> ArgumentParser:
    """One whose help begins with *told*, a docstring as it is written."""
    return ArgumentParser(description=told, formatter_class=RawDescriptionHelpFormatter)


def read(options: ArgumentParser) -> Namespace:
    """What is asked for; ends the program when it does not fit together."""
    found = options.parse_args()
    told = vars(found)
    if told.get("sim") and told.get("real"):
        options.error("--sim or --real: one of the two")
    both = "sim" in told and "real" in told
    kinds = [*told.get("beside", []), told.get("only")] if "beside" in told else []
    if both and not told["real"] and any(kinds):
        options.error("--with and --only are of real members: say --real as well")
    if both and not told["real"] and (told.get("delay") or told.get("jitter")):
        options.error("--delay and --jitter are of real members: say --real as well")
    if both and not told["real"] and told.get("loopback"):
        options.error("--loopback is of real members: say --real as well")
    if told.get("loopback") and told.get("delay"):
        options.error("--delay or --loopback: one of the two")
    if told.get("jitter", 0.0) > told.get("delay", 0.0):
        options.error("--jitter: at most as much as --delay")
    if AGENT in kinds and not shutil.which("serf"):
        options.error("there is no serf on this machine: apt install serf")
    if KINSHIP in kinds and not find_spec("kinship"):
        options.error("there is no kinship here: pip install kinship")
    return found


def keep_apart(
    options: ArgumentParser, found: Namespace, sim: Sequence[str], real: Sequence[str]
) -> None:
    """End the program if *sim* are given with ``--real``, or *real* without."""
    foreign, whose = (
        (sim, "simulated members: leave out --real")
        if found.real
        else (real, "real members: say --real as well")
    )
    if any(getattr(found, name) is not None for name in foreign):
        names = ", ".join(f"--{name}" for name in foreign)
        options.error(f"{names} are of {whose}")


def add_sim(options: ArgumentParser, otherwise: bool = False) -> None:
    """``--sim``; *otherwise*: it is not the only way."""
    way = "the default" if otherwise else "the only way"
    options.add_argument("--sim", action="store_true", help=f"in the simulator: {way}")


def add_real(options: ArgumentParser, otherwise: bool = False) -> None:
    """``--real``; *otherwise*: it is not the only way."""
    told = "processes, not simulated" if otherwise else "processes: the only way"
    options.add_argument("--real", action="store_true", help=told)


def add_loopback(options: ArgumentParser) -> None:
    """``--loopback``."""
    told = "real members on loopback, in one network, as where there can be no others"
    options.add_argument("--loopback", action="store_true", help=told)


def add_beside(options: ArgumentParser, *others: str, only: bool = False) -> None:
    """``--with`` one of *others*, and again; *only*: ``--only`` this kind, too."""
    options.add_argument(
        "--with",
        dest="beside",
        choices=others or (AGENT, KINSHIP),
        action="append",
        default=[],
        help="real members that go through the same",
    )
    if only:
        options.add_argument("--only", choices=KINDS, help="real members of this kind")


def real_kinds(options: Namespace) -> list[str]:
    """The kinds of real members that ``add_beside`` let somebody choose."""
    only = getattr(options, "only", None)
    return [only] if only else [NODE, *options.beside]


def add_distance(options: ArgumentParser) -> None:
    """``--delay`` and ``--jitter``."""
    told = {
        "--delay": "one way between two real members (none: as fast as it goes)",
        "--jitter": "give or take so much; packets don't overtake each other",
    }
    for name, words in told.items():
        options.add_argument(
            name, type=amount(0, 10_000), default=0.0, metavar="MS", help=words
        )


def distance(options: Namespace) -> Distance:
    """What ``add_distance`` and ``add_loopback`` let choose, and what is possible."""
    asked_for = Distance(options.delay, options.jitter)
    if asked_for.delay_ms or "loopback" not in options:
        return asked_for  # with a sentence, if that needs what is not there
    return Distance(loopback=True) if on_loopback(options.loopback) else asked_for


def add_name(options: ArgumentParser) -> None:
    """``--name``."""
    options.add_argument("--name", type=_plain, help="of the results, beside others'")


def _plain(text: str) -> str:
    if not text.replace("-", "").replace("_", "").isalnum():
        raise ArgumentTypeError(f"{text!r} has more than letters, digits, - and _")
    return text


def add_more(options: ArgumentParser) -> None:
    """``--add``."""
    options.add_argument(
        "--add", action="store_true", help="to what bench/results has of it"
    )


def add_json(options: ArgumentParser) -> None:
    """``--json``."""
    options.add_argument("--json", action="store_true", help="print JSON, no table")


def add_sweep(options: ArgumentParser, seeds: int | None = 5) -> None:
    """What every sweep can be told; *seeds* unless somebody says how many."""
    options.add_argument(
        "--seeds", type=count(), default=seeds, help="runs of each kind"
    )
    options.add_argument("--first-seed", type=count(0), default=0, help="the first one")
    options.add_argument(
        "--workers", type=count(), default=os.cpu_count(), help="processes (all cores)"
    )
    options.add_argument(
        "--dask",
        metavar="HOST:PORT",
        help="the scheduler of a Dask cluster, whose workers have this folder and"
        " gossipchat in their PYTHONPATH",
    )
