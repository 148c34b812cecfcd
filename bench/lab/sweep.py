"""
Many runs on all cores, or on a Dask cluster: the same tasks, in the same order.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

from lab.progress import Progress

Job = TypeVar("Job")
Outcome = TypeVar("Outcome")


def sweep(
    play: Callable[[Job], Outcome],
    jobs: Sequence[Job],
    workers: int | None = None,
    dask: str | None = None,
) -> list[Outcome]:
    """The outcome of each of *jobs*, in their order, with a progress bar."""
    return list(each(play, jobs, workers, dask))


def each(
    play: Callable[[Job], Outcome],
    jobs: Sequence[Job],
    workers: int | None = None,
    dask: str | None = None,
) -> Iterator[Outcome]:
    """The same, one by one, as soon as those before it are there as well."""
    tell = Progress(1).part("runs")
    for done, outcome in enumerate(_played(play, jobs, workers, dask), start=1):
        yield outcome
        tell(done, len(jobs))


def _played(
    play: Callable[[Job], Outcome],
    jobs: Sequence[Job],
    workers: int | None,
    dask: str | None,
) -> Iterator[Outcome]:
    if dask is not None:
        yield from _by_dask(play, jobs, dask)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(play, jobs)


def _by_dask(
    play: Callable[[Job], Outcome], jobs: Sequence[Job], scheduler: str
) -> Iterator[Outcome]:
    try:
        from distributed import Client
    except ImportError:
        sys.exit("--dask needs the package distributed: pip install distributed")
    try:
        joined = Client(scheduler)
    except (OSError, ValueError) as problem:
        sys.exit(f"--dask: no scheduler answers at {scheduler}: {problem}")
    with joined as client:
        futures: list[Any] = client.map(play, jobs, pure=False)
        for future in futures:
            yield future.result()
