"""
The settings of broadcast.
"""

from dataclasses import dataclass
from math import ceil, log2

from gossipchat.errors import ConfigError

MIB = 1 << 20


@dataclass(frozen=True)
class BroadcastConfig:
    """Sizes in bytes, durations in seconds."""

    mesh_members: int = 5
    """Up to so many members (self included) everyone links to everyone. A run then
    crosses up to n * (n - 1) / 2 links, so beyond this it costs too much."""

    min_links: int = 3
    """Links that a node seeks in a larger cluster; log2 of its size when that is
    more. Two would do to stay connected; the third is for the one that breaks."""

    spare_links: int = 2
    """Links above what it seeks that a node keeps; more are ended one by one, at
    each digest. None would make links come and go for ever."""

    mesh_patience: float = 1.0
    """Where everyone links to everyone the smaller key dials; the larger one waits
    this long for it. Shorter brings double links, longer hides one-way failures."""

    gather: float = 0.1
    """New members are collected about this long before any is dialled: a joiner
    hears of all at once, and everybody would link to the first on the list. In
    larger clusters random ones are chosen at most this often, so that links which
    others dial count."""

    redial_first: float = 0.2
    """Wait after the first failed dial; doubled with each further one."""

    redial_longest: float = 10.0
    """The longest such wait, and the wait after a member refused us."""

    settled_after: float = 5.0
    """A link that broke sooner counts as a failed dial, so that one that opens
    and breaks at once is not dialled in a circle. Two links of a pair that opened
    within so long were dialled from both sides at once."""

    batch_bytes: int = 64 * 1024
    """Runs handed to a link at a time; it gets more when these are on their way.
    Larger ones let live runs wait longer behind history."""

    quantum_bytes: int = 16 * 1024
    """What an author may send over a link in its turn."""

    cache_bytes: int = 16 * MIB
    """Runs kept in memory for links that are not far behind; below these the disk
    is read."""

    newest_first: int = 64
    """Entries at the end of each feed that are asked for before all older ones: about
    a page of a room, so that who joins reads what is being talked about while the
    past comes. More of them make a page surer and all pages later."""

    max_wanted_feeds: int = 64
    """Feeds asked of one link at a time."""

    max_wanted_bytes: int = 2 * MIB
    """About what is asked of one link at a time (by the mean size of what came).
    At 100 ms of round trip this allows 20 MiB/s a link."""

    max_askers: int = 4
    """Links of which one feed is asked at a time, each for a stretch of its own.
    Each may leave a hole, and a feed has at most 8."""

    want_patience: float = 5.0
    """When a link has brought nothing that was asked of it for so long, others
    are asked. Shorter fetches things twice over slow links."""

    want_longest: float = 30.0
    """The same for a single feed of a link that brings other things."""

    note_interval: float = 0.02
    """What is new is collected so long before links that want notes only hear of it,
    all feeds in one frame; a tick longer in calm talk where the other side dialled.
    Longer saves frames, and mends broken branches later."""

    note_pause: float = 0.5
    """At least this much between two such ticks, but for the second after a while
    without any: notes would else be most of all frames, and wake a node more often
    than what is said. Longer mends branches later that break meanwhile and whose link
    does not end."""

    note_need: float = 30.0
    """So long after a peer has grafted what a note told it of, ticks don't rest for
    that link while talk is calm: its branches are not sound. Longer costs frames after
    a trouble that is over, shorter brings lines late where there is more."""

    calm_rate: float = 25.0
    """New entries a second, of all authors together, up to which talk is calm: only
    one end of a link notes what both have, and grafts wait ``graft_patience_calm``."""

    graft_patience_calm: float = 0.05
    """What ``graft_patience`` is while talk is calm, of a link whose round trip is
    measured: nodes that are not busy look at their links at once."""

    graft_patience: float = 0.15
    """A run that a lazy link tells of, and that does not come from another within
    three round trips, or what the author's parent usually takes (at least so long),
    is asked of it. Busy nodes look at their links every 50 ms, and a way may be three
    hops longer than another. Shorter brings runs twice where delays vary."""

    graft_longest: float = 3.0
    """The longest that a parent's habits can make that wait; and as long as the
    parent brings other runs of its author, it is waited for up to so long."""

    keep_pause: float = 5.0
    """After runs could not be written (a full disk) nothing is asked for so long;
    doubled while it stays so."""

    keep_pause_longest: float = 30.0
    """The longest such pause; it ends at once when anything can be written."""

    max_unkept_bytes: int = 32 * MIB
    """Runs that wait for the disk. From half of it on nothing is asked, at it
    what still comes is dropped (and asked for later)."""

    stall_after: float = 10.0
    """A link that is open and should move (it was handed a batch, or asked for
    something), and over which nothing came or went for so long, is ended and replaced.
    Looked at with each digest, and every second while something is fetched."""

    digest_interval: float = 15.0
    """How often a link whose peer may not know all is sent our digest, give or
    take a fifth."""

    vector_pause: float = 2.0
    """At least this much between two vectors on a link."""

    max_authors: int = 4096
    """Authors whose runs are taken; those of further ones are dropped."""

    max_vouched: int = 3072
    """Of these, so many at most that were never seen as members here: their word
    comes from those who knew them. The rest is kept free for members."""

    max_epochs: int = 16384
    """Feeds of one author: its restarts. One a day for 44 years."""

    max_feeds: int = 32768
    """Feeds in all. Of each link as many are remembered at most: half a kilobyte
    each, two when its peer makes holes where it can."""

    max_documents: int = 8192
    """Documents about users (presence, 1 KiB each at most) that are held of all
    nodes together; above it those of nodes that are no members make way."""

    max_documents_of_one: int = 256
    """Of one node, so this is how many local users it may show to others; of a node
    that tells of more, the last ones told count."""

    def links_for(self, members: int) -> int:
        """How many links a node seeks in a cluster of *members*, itself included."""
        if members <= self.mesh_members:
            return members - 1
        return max(self.min_links, ceil(log2(members)))

    def inbound_for(self, members: int) -> int:
        """How many links it takes that others dialled."""
        return 2 * max(self.min_links, self.links_for(members)) + 4

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value <= 0:
                raise ConfigError(f"broadcast.{name}", value, "must be above 0")
        for less, more in (
            ("redial_first", "redial_longest"),
            ("keep_pause", "keep_pause_longest"),
            ("want_patience", "want_longest"),
            ("max_authors", "max_feeds"),
            ("note_interval", "note_pause"),
            ("graft_patience_calm", "graft_patience"),
            ("graft_patience", "graft_longest"),
        ):
            if getattr(self, less) > getattr(self, more):
                limit = f"must not be above {more} ({getattr(self, more)})"
                raise ConfigError(f"broadcast.{less}", getattr(self, less), limit)
