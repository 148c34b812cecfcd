"""
Hypothesis strategies: every message that may be sent.
"""

from ipaddress import ip_address

from hypothesis import strategies as st

from gossipchat.names import Address, AuthorKey, FeedId, NodeName
from gossipchat.wire.memberlist.messages import (
    Ack,
    Alive,
    Dead,
    Err,
    IndirectPing,
    Nack,
    NodeState,
    Ping,
    PushPull,
    State,
    Suspect,
    User,
)
from gossipchat.wire.ours import frames
from gossipchat.wire.ours.datagrams import DialBack, DigestTold, HasAsked, HasUpTo, Own
from gossipchat.wire.serf import messages as serf

u8 = st.integers(0, 2**8 - 1)
u16 = st.integers(0, 2**16 - 1)
u32 = st.integers(0, 2**32 - 1)
u64 = st.integers(0, 2**64 - 1)
payloads = st.none() | st.binary(max_size=80)
texts = st.binary(max_size=20).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
names = texts.map(NodeName)
members = names.filter(bool)
packed = st.binary(min_size=4, max_size=4) | st.binary(min_size=16, max_size=16)
hosts = packed.map(lambda raw: str(ip_address(raw)))
addresses = st.builds(Address, hosts, u16)
sources = st.none() | st.builds(Address, hosts, st.integers(1, 65535))
vsns = st.tuples(u8, u8, u8, u8, u8, u8)
metas = st.binary(max_size=512)

verdicts = (u32, members, names)
pings = st.builds(Ping, u32, names, sources, names)
acks = st.builds(Ack, u32, payloads)
errs = st.builds(Err, texts)
keys = st.binary(min_size=32, max_size=32)
senders = keys.map(AuthorKey)
feeds = st.builds(FeedId, senders, st.integers(0, 2**64 - 1))
seqs = st.integers(1, 2**63 - 1)
told = (
    st.builds(DigestTold, keys, st.booleans())
    | st.builds(DialBack, senders, senders)
    | st.builds(HasUpTo, feeds, seqs | st.just(0))
    | st.builds(HasAsked, feeds, seqs)
)
users = st.builds(User, st.binary(min_size=1, max_size=100))
owns = st.builds(Own, senders, told)
bare = (
    pings
    | st.builds(IndirectPing, u32, addresses, names, st.booleans(), sources, names)
    | acks
    | st.builds(Nack, u32)
    | st.builds(Suspect, *verdicts)
    | st.builds(Dead, *verdicts)
    | st.builds(Alive, u32, members, addresses, metas, vsns)
    | users
    | errs
    | owns
)
states = st.sampled_from(State)
nodes = st.builds(NodeState, members, addresses, metas, u32, states, vsns)
push_pulls = st.builds(
    PushPull,
    st.booleans(),
    st.lists(nodes, max_size=5).map(tuple),
    st.binary(max_size=300),
)
streamed = pings | acks | errs | users | push_pulls

tags = st.dictionaries(texts, texts, max_size=5)
filters = st.builds(
    serf.NodeFilter, st.lists(names, max_size=4).map(tuple)
) | st.builds(serf.TagFilter, texts, texts)
slots = st.dictionaries(
    st.integers(0, serf.EVENT_SLOTS - 1),
    st.builds(
        serf.EventsAt,
        st.integers(0, 2**54).map(lambda lap: lap * serf.EVENT_SLOTS),
        st.lists(st.tuples(texts, payloads), max_size=3).map(tuple),
    ),
    max_size=4,
).map(
    lambda ring: tuple(
        serf.EventsAt(at.ltime + slot, at.events) for slot, at in sorted(ring.items())
    )
)
serf_states = st.builds(
    serf.SerfState,
    u64,
    st.dictionaries(names, u64, max_size=5),
    st.lists(names, max_size=5).map(tuple),
    u64,
    slots,
    u64,
)
queries = st.builds(
    serf.Query,
    ltime=u64,
    id=u32,
    source=addresses,
    source_node=names,
    filters=st.lists(filters, max_size=3).map(tuple),
    flags=u32,
    relay_factor=u8,
    timeout_ns=st.integers(0, 2**63 - 1),
    name=texts,
    payload=payloads,
)
conflict_members = st.builds(serf.ConflictMember, names, addresses, tags, u8, vsns)
serf_messages = (
    st.builds(serf.LeaveIntent, u64, members, st.booleans())
    | st.builds(serf.JoinIntent, u64, members)
    | serf_states
    | st.builds(serf.UserEvent, u64, texts, payloads, st.booleans())
    | queries
    | st.builds(serf.QueryResponse, u64, u32, names, u32, payloads)
    | st.builds(serf.ConflictResponse, st.none() | conflict_members)
    | st.builds(serf.KeyRequest, st.binary(max_size=32))
    | st.builds(
        serf.KeyResponse,
        st.booleans(),
        texts,
        st.none() | st.lists(texts, max_size=4).map(tuple),
        texts,
    )
    | st.builds(serf.Relay, addresses, names, st.binary(min_size=1, max_size=60))
)
finite = st.floats(allow_nan=False, allow_infinity=False)
coordinates = st.builds(
    serf.Coordinate, st.tuples(*[finite] * 8), finite, finite, finite
)

authors = keys.map(AuthorKey)


def as_bounds(steps: list[tuple[int, int]]) -> frames.Bounds:
    """Pairs of (gap before, length) as ranges that don't touch."""
    bounds = []
    end = -1
    for gap, length in steps:
        low = end + 2 + gap
        end = low + length
        bounds.append((low, end))
    return tuple(bounds)


bounds = st.lists(st.tuples(u32, u32), max_size=8).map(as_bounds)
holdings = st.builds(
    frames.Holding,
    st.builds(FeedId, authors, u64),
    bounds,
    st.integers(0, 2**63),
    st.sampled_from([b"", b"\x01" * 8]),
    st.none() | u64,
)
held = st.lists(holdings, max_size=4).map(tuple)
many_authors = st.lists(authors, max_size=4).map(tuple)


def summary(bounds: set[FeedId]) -> frames.Summary:
    parts = len(bounds) - 1
    return frames.Summary(tuple(sorted(bounds)), (bytes(16),) * parts, (7,) * parts)


link_frames = (
    st.builds(frames.Proof, u32, keys, names)
    | st.builds(frames.Vector, held, st.booleans())
    | st.builds(frames.Want, held, st.booleans())
    | st.builds(
        frames.Runs, st.lists(st.binary(min_size=1, max_size=90), max_size=4).map(tuple)
    )
    | st.builds(frames.Note, held)
    | st.builds(frames.Graft, many_authors, held)
    | st.builds(frames.Prune, many_authors)
    | st.builds(frames.Digest, keys)
    | st.builds(frames.Close, st.text(max_size=20))
    | st.builds(frames.Clock, u32, u32, st.booleans())
    | st.builds(
        summary, st.sets(st.builds(FeedId, authors, u64), min_size=2, max_size=5)
    )
)
