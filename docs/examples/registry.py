"""
A service registry in a few lines: services announce themselves by tags, look-ups
read the tags, and who fails is gone from them within seconds.

    python registry.py --listen 127.0.0.1:7950 --name web-1 --offer web=10.0.0.1:80
    python registry.py --seed 127.0.0.1:7950 --watch web
    python registry.py --seed 127.0.0.1:7950 --find web

Every process is equal: any that runs can be named as --seed.
"""

import argparse
from typing import Any

from twisted.internet import task
from twisted.internet.defer import Deferred

from gossipchat import Cluster, News


def offers(cluster: Cluster, service: str) -> dict[str, str]:
    """Who lives and offers *service*: member's name -> where."""
    return {
        member.name: member.tags[service]
        for member in cluster.members()
        if member.status.value in ("alive", "suspect") and service in member.tags
    }


async def watch(cluster: Cluster, service: str) -> None:
    """Print who comes and goes, for ever."""
    known: dict[str, str] = {}
    changes = cluster.changes()  # from now on: what is here already is below
    for name, there in offers(cluster, service).items():
        print(f"+ {service} {name} {there}", flush=True)
        known[name] = there
    async for change in changes:
        name, where = change.member.name, change.member.tags.get(service)
        gone = change.news in (News.FAILED, News.LEFT) or where is None
        if name in known and (gone or known[name] != where):
            print(
                f"- {service} {name} {known.pop(name)} ({change.news.value})",
                flush=True,
            )
        if not gone and where is not None and name not in known:
            print(f"+ {service} {name} {where}", flush=True)
            known[name] = where


async def run(reactor: Any, options: argparse.Namespace) -> None:
    """Be a member until Ctrl-C, or until the look-up is done."""
    cluster = Cluster(
        options.listen,
        seeds=options.seed,
        name=options.name,
        tags=dict(offer.split("=", 1) for offer in options.offer),
        reactor=reactor,
    )
    await cluster.start()
    # task.react stops the reactor at SIGINT and SIGTERM: say goodbye before it does
    reactor.addSystemEventTrigger("before", "shutdown", cluster.leave)
    print(f"{cluster.name} at {cluster.address}", flush=True)
    if options.find:
        await cluster.join()
        for name, where in sorted(offers(cluster, options.find).items()):
            print(f"{name} {where}")
        await cluster.leave()
    elif options.watch:
        await watch(cluster, options.watch)
    else:
        await Deferred()  # until somebody ends us


def parsed() -> argparse.Namespace:
    """What was typed."""
    parser = argparse.ArgumentParser(description="A service registry.")
    parser.add_argument("--listen", default="127.0.0.1:0", metavar="HOST:PORT")
    parser.add_argument("--seed", default=[], action="append", metavar="HOST:PORT")
    parser.add_argument("--name")
    parser.add_argument("--offer", default=[], action="append", metavar="SERVICE=WHERE")
    parser.add_argument("--watch", metavar="SERVICE")
    parser.add_argument("--find", metavar="SERVICE")
    return parser.parse_args()


if __name__ == "__main__":
    task.react(lambda reactor: Deferred.fromCoroutine(run(reactor, parsed())))
