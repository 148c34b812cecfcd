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
        _replace_closed_streams()
        status = run(sys.argv[1:])
        sys.stdout.flush()
    except KeyboardInterrupt:
        status = INTERRUPTED
    except BrokenPipeError:
        _write_no_more()
        status = DONE
    except OSError as problem:
        why = problem.strerror
        print(f"gossipchat: input or output fails: {why}", file=sys.stderr)
        _write_no_more()
        status = REFUSED
    sys.exit(status)


def _replace_closed_streams() -> None:
    """
    Have /dev/null in the place of each standard stream that was closed: the next file
    that is opened would take its number, and what is printed would be written into it.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDWR)  # the lowest that is free
            os.set_inheritable(descriptor, True)  # the terminal is another program
            setattr(sys, name, os.fdopen(descriptor, mode))


def _write_no_more() -> None:
    """Nobody reads us any more, nor shall Python's last flush complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def run(words: Sequence[str]) -> int:
    """The exit status of the command *words*; errors are one line on stderr."""
    import signal

    # Python drops an exception that comes while an import cleans up
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    import click

    from gossipchat.cli.commands import gossipchat
    from gossipchat.cli.output import make_robust, plain
    from gossipchat.errors import GossipChatError, Refused, UsageError

    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    make_robust(sys.stdout, sys.stderr)
    try:
        with gossipchat.make_context("gossipchat", list(words)) as context:
            gossipchat.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as mistake:
        context_of = getattr(mistake, "ctx", None)
        where = context_of.command_path if context_of else "gossipchat"
        what = plain(" ".join(mistake.format_message().split()).rstrip("."))
        print(f"{where}: {what}; see `{where} --help`", file=sys.stderr)
        return mistake.exit_code
    except GossipChatError as problem:
        print(f"gossipchat: {plain(str(problem))}", file=sys.stderr)
        asked_wrongly = isinstance(problem, UsageError)
        return WRONG_USAGE if asked_wrongly and not isinstance(problem, Refused) else 1
    return DONE
