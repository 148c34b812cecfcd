"""
Where the command `gossipchat` begins, and what its exit statuses say.

Everything else is imported late: Ctrl-C is no traceback, however early it comes.
"""

import os
import sys
from collections.abc import Sequence

DONE, REFUSED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


def main() -> None:
    """Run the command of ``sys.argv`` and end the process."""
    try:
        status = run(sys.argv[1:])
        sys.stdout.flush()
    except KeyboardInterrupt:
        status = INTERRUPTED
    except BrokenPipeError:
        # nobody reads us any more, nor shall Python's last flush complain
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = DONE
    sys.exit(status)


def run(words: Sequence[str]) -> int:
    """The exit status of the command *words*; errors are one line on stderr."""
    import click

    from gossipchat.cli.commands import gossipchat
    from gossipchat.cli.output import make_robust, plain
    from gossipchat.errors import GossipChatError, Refused, UsageError

    make_robust(sys.stdout, sys.stderr)
    try:
        with gossipchat.make_context("gossipchat", list(words)) as context:
            gossipchat.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as mistake:
        context_of = getattr(mistake, "ctx", None)
        where = context_of.command_path if context_of else "gossipchat"
        what = plain(mistake.format_message().rstrip("."))
        print(f"{where}: {what}; see `{where} --help`", file=sys.stderr)
        return mistake.exit_code
    except GossipChatError as problem:
        print(f"gossipchat: {plain(str(problem))}", file=sys.stderr)
        asked_wrongly = isinstance(problem, UsageError)
        return WRONG_USAGE if asked_wrongly and not isinstance(problem, Refused) else 1
    return DONE
