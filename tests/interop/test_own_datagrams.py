"""
What an agent makes of a datagram that was meant for a gossipchat node.
"""

import socket

import pytest

from gossipchat.names import AuthorKey, NodeName, split_host_port
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import Ack, Ping
from gossipchat.wire.ours.datagrams import DialBack, DigestTold, Own
from gossipchat.wire.packet import Packets
from tests.processes.lab import Lab
from tests.processes.lab.serf import Agents

pytestmark = pytest.mark.processes

SENDER = AuthorKey(b"a" * 32)
MAIL = (DigestTold(bytes(32)), DialBack(SENDER, SENDER))


def test_an_agent_does_not_complain_of_our_datagrams(lab: Lab, agents: Agents) -> None:
    """They are acks that it does not wait for; then it answers a ping as ever."""
    agent = agents.start("agent")
    packets = Packets()
    ping = encode(Ping(7, NodeName("agent")))
    parts = [encode(Own(SENDER, datagram)) for datagram in MAIL]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
        ours.settimeout(10)
        ours.connect(split_host_port(agent.address))
        for part in parts:
            ours.send(packets.seal([part]))
        ours.send(packets.seal([*parts, ping]))
        answer = packets.open(ours.recv(65535)).messages[0]
    assert isinstance(answer, Ack)
    assert answer.seq_no == 7
    assert agent.troubles() == []
