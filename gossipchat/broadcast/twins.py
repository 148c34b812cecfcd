"""
Somebody else writes this node's own feed: a clone of it, or a thief of its key.
"""

from gossipchat.broadcast.events import Arrived, Effect, ForkSeen
from gossipchat.effects import Notify
from gossipchat.feeds.author import Author
from gossipchat.names import AuthorKey


def with_own_marked(me: AuthorKey, effect: Effect) -> Effect:
    """*effect*; a fork of *me* is told as its own."""
    match effect:
        case Notify(ForkSeen(feed, seq)) if feed.author == me:
            return Notify(ForkSeen(feed, seq, own=True))
    return effect


def flee(author: Author, effects: list[Effect]) -> list[Effect]:
    """
    When *effects* show that somebody else writes the feed that *author* writes now,
    its next entry begins a new epoch.
    """
    for effect in effects:
        match effect:
            case Notify(ForkSeen(feed)) if feed == author.feed:
                author.begin_anew(b"")
                return effects
            case Arrived(runs, tips):
                signed = [run.signed for run in runs]
                if author.feed in signed:
                    place = signed.index(author.feed)
                    author.begin_anew(tips[place])
                    fork = ForkSeen(runs[place].signed, runs[place].first)
                    return [*effects, Notify(fork)]
    return effects
