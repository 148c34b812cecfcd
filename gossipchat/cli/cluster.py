"""
The sub-commands for the cluster, as Serf has them: events, queries, keys and tags.
"""

import sys
from base64 import b64decode, b64encode
from collections.abc import Iterable

import click

from gossipchat.cli.group import Session, asking
from gossipchat.cli.output import Object, keys_table, plain, shown_tags
from gossipchat.errors import Refused
from gossipchat.faces.socket.client.show import clock


@asking("event")
@click.argument("name")
@click.argument("payload", required=False)
def event(session: Session, name: str, payload: str | None) -> None:
    """Send all members the event NAME, with PAYLOAD."""
    sent = session.client.ask("event", name=name, payload=packed(payload))
    session.show(sent, f"event {plain(name)} is on its way")


@asking("events")
@click.option("--follow", "-f", is_flag=True, help="As they come.")
def events(session: Session, follow: bool) -> None:
    """The user events that came lately."""
    for one in session.client.stream("events", follow=follow):
        session.show(one, event_line(one))


@asking("query")
@click.argument("name")
@click.argument("payload", required=False)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True, max=3600),
    metavar="S",
    help="Seconds to wait for answers.  [default: Serf's, by the cluster's size]",
)
@click.option(
    "--node", multiple=True, metavar="NAME", help="Only this member, or these."
)
@click.option(
    "--tag",
    multiple=True,
    metavar="KEY=REGEX",
    help="Only members whose tags match (RE2, not anchored); all of several.",
)
def query(
    session: Session,
    name: str,
    payload: str | None,
    timeout: float | None,
    node: tuple[str, ...],
    tag: tuple[str, ...],
) -> None:
    """Ask all members NAME, with PAYLOAD.

    Prints who has the question, and what they answer, as it comes.
    """
    acks = answers = 0
    fits = pairs(tag, "--tag needs KEY=REGEX")
    for reply in session.client.stream(
        "query",
        name=name,
        payload=packed(payload),
        timeout=timeout,
        nodes=list(node),
        tags=fits,
    ):
        acks += reply["ack"]
        answers += not reply["ack"]
        session.show(reply, reply_line(reply))
    if not session.as_json:
        click.echo(f"{acks} have it, {answers} answered")


@asking("keys")
@click.argument("operation", type=click.Choice(["list", "install", "use", "remove"]))
@click.argument("key", required=False)
def keys(session: Session, operation: str, key: str | None) -> None:
    """The cluster's keys, on all members at once.

    install KEY everywhere, then use it, then remove the old one. With - for KEY it is
    the first line of standard input, so that no other user sees it among the processes.
    """
    if (key is None) != (operation == "list"):
        wants = "takes no KEY" if operation == "list" else "needs a KEY"
        raise click.UsageError(f"`keys {operation}` {wants}")
    if key == "-":
        key = sys.stdin.readline()
    outcome = session.client.ask("keys", operation=operation, key=key)
    session.show(outcome, "\n".join(keys_table(outcome)))
    silent = outcome["members"] - outcome["answered"]
    problems = [f"{plain(one)}: {what}" for one, what in outcome["problems"].items()]
    if silent > 0:
        problems.append(f"{silent} of {outcome['members']} members did not answer")
    if problems and operation != "list":
        raise Refused(
            f"keys {operation} is not done everywhere: {'; '.join(problems)};"
            " see `gossipchat keys list`, and repeat it"
        )


@asking("tags")
@click.argument("action", type=click.Choice(["set", "remove"]))
@click.argument("tags", nargs=-1, required=True)
def tags(session: Session, action: str, tags: tuple[str, ...]) -> None:
    """Change this node's tags, until its next start.

    `tags set K=V...` or `tags remove K...`
    """
    if action == "remove":
        answer = session.client.ask("tags", remove=list(tags))
    else:
        changed = pairs(tags, "`tags set` needs KEY=VALUE")
        answer = session.client.ask("tags", set=changed)
    session.show(answer, plain(shown_tags(answer["tags"])) or "no tags")


@asking("reachability")
def reachability(session: Session) -> None:
    """Ask all members to ack.

    Fails when one that should be alive does not.
    """
    found = session.client.ask("reachability")
    acked, silent = found["acked"], found["silent"]
    lines = [f"{plain(name)} has acked" for name in acked]
    lines += [f"{plain(name)} has not" for name in silent]
    session.show(found, "\n".join(lines))
    if silent:
        raise Refused(
            f"{len(silent)} of {len(acked) + len(silent)} living members did not ack:"
            f" {', '.join(map(plain, silent))}; see whether UDP to them is let through,"
            " both ways"
        )


@asking("rtt")
@click.argument("a")
@click.argument("b", required=False)
def rtt(session: Session, a: str, b: str | None) -> None:
    """The round trip from A to B (or this node), by coordinates."""
    answer = session.client.ask("rtt", a=a, b=b)
    ends = f"{plain(answer['from'])} to {plain(answer['to'])}"
    session.show(answer, f"{ends}: {answer['ms']:.3f} ms")


def pairs(given: Iterable[str], mistake: str) -> dict[str, str]:
    """Each ``KEY=VALUE``; the program ends with *mistake* for what is none."""
    parts = [one.partition("=") for one in given]
    if not all(key and equals for key, equals, _ in parts):
        raise click.UsageError(mistake)
    return {key: value for key, _, value in parts}


def packed(payload: str | None) -> str | None:
    """*payload*, whatever its bytes, as the socket wants it."""
    if payload is None:
        return None
    return b64encode(payload.encode("utf-8", "surrogateescape")).decode("ascii")


def unpacked(payload: str) -> str:
    """A payload for people."""
    return plain(b64decode(payload).decode("utf-8", "backslashreplace"))


def event_line(one: Object) -> str:
    """``12:03 deploy v1.2`` of an event."""
    line = f"{clock(one['time'])} {plain(one['name'])} {unpacked(one['payload'])}"
    return line.rstrip()


def reply_line(reply: Object) -> str:
    """What one member said to a query."""
    sender = plain(reply["from"])
    if reply["ack"]:
        return f"{sender} has it"
    return f"{sender}: {unpacked(reply['payload'] or '')}"
