"""
swim's words over broadcast's links: neither room knows of the other.
"""

from gossipchat.broadcast.core import Broadcast
from gossipchat.broadcast.events import Link, SendFrames
from gossipchat.swim.events import FrameHeard, SendOverLinks
from gossipchat.wire.ours.membership_frames import MembershipFrame


def heard_over(
    broadcast: Broadcast, link: Link, frame: MembershipFrame
) -> FrameHeard | None:
    """*frame* with who said it; None when the link has ended meanwhile."""
    peer = broadcast.peer_on(link)
    return FrameHeard(peer, frame) if peer is not None else None


def sent_over(broadcast: Broadcast, wish: SendOverLinks) -> list[SendFrames]:
    """A frame for each link that *wish* means and that there is."""
    frames: list[SendFrames] = []
    for peer in wish.to or broadcast.links():
        link = broadcast.link_to(peer)
        if link is not None and peer != wish.but:
            frames.append(SendFrames(link, (wish.frame,)))
    return frames
