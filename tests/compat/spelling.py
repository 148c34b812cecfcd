"""
Our messages as memberlist and Serf spell them: what the captures say of themselves.
"""

from typing import Any

from gossipchat.names import Address
from gossipchat.wire.memberlist.messages import (
    Ack,
    Alive,
    Dead,
    Err,
    IndirectPing,
    Message,
    Nack,
    NodeState,
    Ping,
    Suspect,
    User,
)
from gossipchat.wire.serf import messages as serf
from gossipchat.wire.serf.filters import write_filter

Spelled = dict[str, Any]


def said(decoded: Any) -> Any:
    """A capture's JSON with its bytes as bytes."""
    if isinstance(decoded, str) and decoded.startswith("hex:"):
        return bytes.fromhex(decoded.removeprefix("hex:"))
    if isinstance(decoded, dict):
        return {key: said(value) for key, value in decoded.items()}
    if isinstance(decoded, list):
        return [said(item) for item in decoded]
    return decoded


def spelled(message: Message | NodeState) -> Any:
    match message:
        case Ping():
            return {"SeqNo": message.seq_no, "Node": message.node, **_source(message)}
        case IndirectPing():
            return {
                "SeqNo": message.seq_no,
                **_address("Target", message.target),
                "Node": message.node,
                "Nack": message.nack,
                **_source(message),
            }
        case Ack():
            return {"SeqNo": message.seq_no, "Payload": message.payload}
        case Nack():
            return {"SeqNo": message.seq_no}
        case Suspect() | Dead():
            return {
                "Incarnation": message.incarnation,
                "Node": message.node,
                "From": message.accuser,
            }
        case Alive():
            return {"Node": message.node, **_claim(message)}
        case NodeState():
            return {
                "Name": message.name,
                "State": int(message.state),
                **_claim(message),
            }
        case Err():
            return {"Error": message.error}
        case User():
            return message.body
    raise AssertionError(message)


def _address(host: str, address: Address) -> Spelled:
    return {host: address.packed, "Port": address.port}


def _source(message: Ping | IndirectPing) -> Spelled:
    assert message.source is not None
    return {
        "SourceAddr": message.source.packed,
        "SourcePort": message.source.port,
        "SourceNode": message.source_node,
    }


def _claim(claim: Alive | NodeState) -> Spelled:
    return {
        **_address("Addr", claim.address),
        "Incarnation": claim.incarnation,
        "Meta": claim.meta or None,
        "Vsn": bytes(claim.vsn),
    }


def spelled_serf(message: serf.SerfMessage) -> Spelled:
    match message:
        case serf.LeaveIntent(ltime, node, prune):
            return {"LTime": ltime, "Node": node, "Prune": prune}
        case serf.JoinIntent(ltime, node):
            return {"LTime": ltime, "Node": node}
        case serf.UserEvent(ltime, name, payload, coalesce):
            return {"LTime": ltime, "Name": name, "Payload": payload, "CC": coalesce}
        case serf.Query():
            return _query(message)
        case serf.QueryResponse():
            return {
                "LTime": message.ltime,
                "ID": message.id,
                "From": message.sender,
                "Flags": message.flags,
                "Payload": message.payload,
            }
        case serf.KeyRequest(key):
            return {"Key": key}
        case serf.Relay(address, node, inner):
            destination = {"IP": address.packed, "Port": address.port, "Zone": ""}
            header = {"DestAddr": destination, "DestName": node}
            return {"header": header, "rest": inner}
        case serf.SerfState():
            return _state(message)
    raise AssertionError(message)


def _query(query: serf.Query) -> Spelled:
    return {
        "LTime": query.ltime,
        "ID": query.id,
        **_address("Addr", query.source),
        "SourceNode": query.source_node,
        "Filters": [write_filter(wanted) for wanted in query.filters] or None,
        "Flags": query.flags,
        "RelayFactor": query.relay_factor,
        "Timeout": query.timeout_ns,
        "Name": query.name,
        "Payload": query.payload,
    }


def _state(state: serf.SerfState) -> Spelled:
    slots = [
        {
            "LTime": at.ltime,
            "Events": [{"Name": name, "Payload": body} for name, body in at.events],
        }
        for at in state.events
    ]
    return {
        "LTime": state.ltime,
        "StatusLTimes": state.status_ltimes,
        "LeftMembers": list(state.left_members),
        "EventLTime": state.event_ltime,
        "Events": {"len": serf.EVENT_SLOTS, "non_nil": slots},
        "QueryLTime": state.query_ltime,
    }
