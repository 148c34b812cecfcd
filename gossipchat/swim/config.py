"""
How eager, patient and frugal swim is: memberlist's settings, Serf's, and our limits.
"""

from dataclasses import dataclass, fields, replace

from gossipchat.errors import ConfigError

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class SwimConfig:
    """
    The defaults are memberlist's for a local network, so that mixed clusters agree.

    ``wan()`` and ``local()`` are its two other sets. Durations are seconds.
    """

    probe_interval: float = 1.0
    """The protocol period: seconds from one probe to the next. Shorter finds the
    dead sooner, for two packets a member each period."""

    probe_timeout: float = 0.5
    """Seconds to wait for a direct ack before helpers are asked: about the network's
    p99 round trip, and below ``probe_interval`` or no round could finish."""

    indirect_checks: int = 3
    """How many helpers ping a silent member for us. Each costs four packets, for
    silent members only; 0 relies on the direct ping and the TCP ping."""

    tcp_pings: bool = True
    """Whether a silent member is also pinged over TCP: rescues members whose UDP is
    blocked, for one connection a failed probe."""

    tcp_timeout: float = 10.0
    """Seconds that a push/pull may take, from dialling to the answer."""

    max_awareness: int = 8
    """Local health is 0 (fit) to one less than this; a probe round lasts up to this
    many periods. 1 turns Lifeguard's slowing down off."""

    suspicion_mult: int = 4
    """Scales the shortest time that a suspect has to refute:
    this * max(1, log10 n) * ``probe_interval``."""

    suspicion_max_mult: int = 6
    """The longest is this many times the shortest; confirmations bring it down. 1
    turns Lifeguard's waiting for confirmations off."""

    even_probing: bool = True
    """Whether every second probe goes to the next member on the ring of names instead
    of down the shuffled list, and who comes before us is probed when its probe does
    not come: no member waits longer than two periods for a probe, at no cost."""

    path_timeout_least: float = 0.05
    """Members with an identity: helpers are asked after twice the round trip measured
    to that member, but not before these seconds,"""

    path_timeout_most: float = 0.3
    """nor later than these. Who was never measured is taken to be as far as the
    slowest of the last 12 round trips to anyone; before there are four, these hold.
    0 waits ``probe_timeout`` for everyone."""

    accuse_after: float = 0.5
    """Seconds from a ping to the accusation of a member with an identity, helpers and
    TCP included: at least this, and three of its path timeouts. Shorter accuses more
    who only paused. 0 waits ``probe_interval``, as for members without."""

    court_judges: int = 4
    """How many members, beside the accuser, judge a suspect with an identity. Each
    sends it some ten packets and asks a dozen others to, so that it is buried fast or
    not at all. 0: everyone judges by its own timer alone, as memberlist."""

    court_window: float = 1.5
    """Seconds for which a judge hears the suspect. With ``accuse_after`` this is the
    shortest pause of a process that can get it buried."""

    court_beat: float = 0.2
    """Seconds from one ping of a judge to the next; three must fail."""

    max_hearings: int = 64
    """Suspects that this node judges at a time, a few hundred bytes each; those
    beyond it wait for the slow timers."""

    cut_off_after: int = 2
    """Periods of silence from everyone after which this node holds itself, and not the
    others, to be the one that is lost: it shows them as dead and buries nobody. For
    the last period it asks all others for a sign (16 a ``court_beat`` at most), so it
    may take one period more. 0: never."""

    tell_deaths_at_once: bool = True
    """Whether a death or its denial is passed on as it comes instead of at the next
    gossip tick. As many packets; the last of 1,000 members hears it sooner."""

    gossip_interval: float = 0.2
    """Seconds from one gossip tick to the next. There are none while there is
    nothing to tell."""

    gossip_nodes: int = 3
    """How many members each tick tells. A packet each."""

    gossip_to_the_dead: float = 30.0
    """Seconds for which a dead member still gets gossip, so that it can refute; after
    that it's no longer counted, listed or probed, only remembered."""

    retransmit_mult: int = 4
    """A claim is sent this * ceil(log10(n + 1)) times, then dropped. More survives
    more loss, for as many bytes."""

    push_pull_interval: float = 30.0
    """Seconds from one full exchange with a random member to the next; above 32
    members they are stretched with log2 n."""

    second_look: float = 1.0
    """Seconds from a join to another exchange, and from that to the next as long as
    each brings new members: many who start at once find each other in seconds."""

    reclaim_dead_after: float = 0.0
    """Seconds after which a dead member's name may come back from another address; 0:
    not before it is forgotten (``gossip_to_the_dead``), as memberlist has it."""

    reconnect_interval: float = 30.0
    """Seconds from one try to reach a dead member to the next (Serf's, which heals
    partitions). A connection each."""

    reap_interval: float = 15.0
    """Seconds from one look for members that need no longer be remembered."""

    contact_tries: float = 1.25
    """Pings a period to members held dead, by all together who hold each other alive:
    each node sends one with probability this / (members alive). It finds the other
    side of a cut in about a period, for 20 bytes a try; 0: only every
    ``reconnect_interval``."""

    contact_memory: float = 30 * DAY
    """Seconds for which the dead are contacted, long after they are listed no more."""

    heal: bool = True
    """Whether first contact after a cut makes both sides tell each other how they
    live, at once (docs/swim.md, "After a cut"). Off, one push/pull is all, and
    verdicts are refuted one by one. A few hundred bytes a member, once a cut."""

    claims_by_link: bool = True
    """Whether claims travel over links too for the half minute after a contact, and
    in brief by datagram from who has none. Off, gossip alone carries them: enough for
    tens of members, slow for hundreds. About 40 bytes a member and link, once a
    cut."""

    hearsay: bool = True
    """Whether a member that we hold alive is asked before a verdict about it, or a
    push/pull that lists it as dead, counts for anything. Two packets each time."""

    inquest: bool = True
    """Whether a verdict about a member with an identity is believed only after two
    pings of our own went unanswered, within a path timeout. Two packets to the dead
    and three to pass the news on at once, a member and death."""

    catch_up: bool = True
    """Whether a push/pull is made at once with one of two members that tell one view
    in their acks, and not ours: gossip has passed over us. Six in a
    ``push_pull_interval`` at most."""

    proof_of_death: bool = True
    """Whether a link that ends without a word, or a refused TCP ping, leads to a test
    of whether the member's process is gone, and two others' tests to a verdict within
    half a second. Some twenty packets for each that crashes. Members without an
    identity are never tested."""

    dead_timeout: float = DAY
    """Seconds for which a dead member is listed and looked for."""

    left_timeout: float = DAY
    """Seconds for which a member that left is listed."""

    remember_interval: float = DAY / 4
    """Seconds after which the disk is told anew that a member lives: how wrong its
    idea of "last alive" may be, for one small write a member."""

    recent_intent_timeout: float = 300.0
    """Seconds for which a join or leave of an unknown member waits for the member."""

    prune_wait: float = 6.0
    """Seconds that a member which is told to leave and be forgotten gets to leave."""

    leave_timeout: float = 1.8
    """Seconds that each of the two steps of leaving may take when the news gets out
    slowly. Both and the linger after them fit into five seconds."""

    leave_linger: float = 0.4
    """Seconds that we go on answering after our goodbye was told, until others have
    passed it on; else who hears it late suspects us first. None of it in a cluster
    so small that we tell everyone ourselves."""

    yield_name: bool = True
    """Whether this node ends when most members hold another one for the one of its
    name (Serf's rule). Off, both go on, and whom others mean is left to chance."""

    pin_lifetime: float = 7 * DAY
    """Seconds for which a name stays with its key after its owner was last alive."""

    max_members: int = 10_000
    """Members known and remembered; about a kilobyte each. Beyond it, new ones take
    the place of those that are longest dead, or are not believed."""

    max_queue: int = 4096
    """Messages waiting in each queue; beyond it those most often sent go first."""

    max_intents: int = 1024
    """Joins and leaves of unknown members that wait for their members."""

    max_relays: int = 512
    """Pings under way for others. Beyond it requests are dropped: the asker has
    other helpers."""

    max_event_bytes: int = 4 << 20
    """Names and payloads of Serf's recent user events, kept to pass them on."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            least = LEAST.get(
                field.name, 1 if isinstance(field.default, int) else 0.001
            )
            if not least <= value < float("inf"):
                raise ConfigError(
                    f"swim.{field.name}", value, f"must be {least} or more"
                )
        if self.probe_timeout >= self.probe_interval:
            needs = f"must be below probe_interval ({self.probe_interval})"
            raise ConfigError("swim.probe_timeout", self.probe_timeout, needs)
        least = 3 * self.court_beat + self.path_timeout_most
        if self.court_window < least:
            needs = f"is too short for three pings to fail: {least:.2f} or more"
            raise ConfigError("swim.court_window", self.court_window, needs)
        if 2 * self.leave_timeout + self.leave_linger > 4.8:
            needs = "is too long: twice that and leave_linger have 4.8 seconds at most"
            raise ConfigError("swim.leave_timeout", self.leave_timeout, needs)

    @classmethod
    def lan(cls) -> "SwimConfig":
        """For one site, round trips of a few milliseconds."""
        return cls()

    @classmethod
    def wan(cls) -> "SwimConfig":
        """For members that are far apart: patient, and so slower to see a death."""
        return cls(
            probe_interval=5.0,
            probe_timeout=3.0,
            tcp_timeout=30.0,
            suspicion_mult=6,
            path_timeout_least=0.3,
            path_timeout_most=1.5,
            accuse_after=3.0,
            court_window=5.0,
            court_beat=0.7,
            gossip_interval=0.5,
            gossip_nodes=4,
            gossip_to_the_dead=60.0,
            leave_linger=1.0,
            push_pull_interval=60.0,
        )

    def as_memberlist(self) -> "SwimConfig":
        """The same without any rule that memberlist does not have."""
        return replace(
            self,
            even_probing=False,
            path_timeout_most=0.0,
            accuse_after=0.0,
            court_judges=0,
            cut_off_after=0,
            tell_deaths_at_once=False,
            contact_tries=0.0,
            heal=False,
            claims_by_link=False,
            hearsay=False,
            inquest=False,
            catch_up=False,
            proof_of_death=False,
        )

    @classmethod
    def local(cls) -> "SwimConfig":
        """For one machine: loopback only."""
        return cls(
            probe_timeout=0.2,
            tcp_timeout=1.0,
            indirect_checks=1,
            suspicion_mult=3,
            path_timeout_most=0.15,
            gossip_interval=0.1,
            gossip_to_the_dead=15.0,
            push_pull_interval=15.0,
            retransmit_mult=2,
        )


LEAST = {
    "indirect_checks": 0,
    "tcp_pings": False,
    "even_probing": False,
    "path_timeout_most": 0,
    "accuse_after": 0,
    "court_judges": 0,
    "cut_off_after": 0,
    "tell_deaths_at_once": False,
    "reclaim_dead_after": 0,
    "contact_tries": 0,
    "heal": False,
    "claims_by_link": False,
    "hearsay": False,
    "inquest": False,
    "catch_up": False,
    "proof_of_death": False,
    "leave_linger": 0,
    "yield_name": False,
    "max_members": 2,
}
"""Where a setting may be smaller than one (or a millisecond), or must be larger."""
