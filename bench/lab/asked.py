"""
Options that several benches have, each told in the same words.
"""

import os
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter

from lab.members import AGENT, KINDS, KINSHIP, NODE


def parser(told: str | None) -> ArgumentParser:
    """One whose help begins with *told*, a docstring as it is written."""
    return ArgumentParser(description=told, formatter_class=RawDescriptionHelpFormatter)


def add_sim(options: ArgumentParser, otherwise: bool = False) -> None:
    """``--sim``; *otherwise*: it is not the only way."""
    way = "the default" if otherwise else "the only way"
    options.add_argument("--sim", action="store_true", help=f"in the simulator: {way}")


def add_real(options: ArgumentParser, otherwise: bool = False) -> None:
    """``--real``; *otherwise*: it is not the only way."""
    told = "processes, not simulated" if otherwise else "processes: the only way"
    options.add_argument("--real", action="store_true", help=told)


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


def add_name(options: ArgumentParser) -> None:
    """``--name``."""
    options.add_argument("--name", help="of the results, beside others'")


def add_more(options: ArgumentParser) -> None:
    """``--add``."""
    options.add_argument(
        "--add", action="store_true", help="to what bench/results has of it"
    )


def add_json(options: ArgumentParser) -> None:
    """``--json``."""
    options.add_argument("--json", action="store_true", help="print JSON, no table")


def add_sweep(options: ArgumentParser, seeds: int = 5) -> None:
    """What every sweep can be told; *seeds* unless somebody says how many."""
    options.add_argument("--seeds", type=int, default=seeds, help="runs of each kind")
    options.add_argument("--first-seed", type=int, default=0, help="the first one")
    options.add_argument(
        "--workers", type=int, default=os.cpu_count(), help="processes (all cores)"
    )
    options.add_argument(
        "--dask",
        metavar="HOST:PORT",
        help="the scheduler of a Dask cluster, whose workers have this folder and"
        " gossipchat in their PYTHONPATH",
    )
