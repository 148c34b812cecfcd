"""
What goes into a peer and what comes out of it: the rooms' own words, with what
one room says to another already carried across.
"""

from dataclasses import dataclass

from gossipchat.broadcast import events as broadcast
from gossipchat.chat import events as chat
from gossipchat.effects import Count, Notify, Stalled, StartTimer, TimerFired
from gossipchat.swim import events as swim


@dataclass(frozen=True, slots=True)
class Started:
    """The store is open and the ports are bound."""


@dataclass(frozen=True, slots=True)
class LeaveAsked:
    """Leave gracefully; ``Notify(swim.events.LeaveDone())`` says when all is out."""


Event = (
    Started
    | LeaveAsked
    | Stalled
    | TimerFired
    | swim.PacketReceived
    | swim.StreamReceived
    | swim.StreamAnswered
    | swim.StreamFailed
    | swim.JoinAsked
    | swim.ForgetAsked
    | swim.PacketRefused
    | swim.AddressChanged
    | swim.AddressProven
    | swim.AddressNotProven
    | swim.Request
    | broadcast.LinkOpened
    | broadcast.LinkSilent
    | broadcast.LinkEnded
    | broadcast.DialFailed
    | broadcast.FrameReceived
    | broadcast.FramesReceived
    | broadcast.Drained
    | broadcast.Loaded
    | broadcast.Lost
    | broadcast.Salvaged
    | broadcast.FloorRaised
    | broadcast.PageWanted
    | chat.SayAsked
    | chat.Attended
    | chat.Departed
    | chat.ReceiptAsked
    | chat.Persisted
    | chat.PersistFailed
    | chat.TimeCame
    | chat.ClocksCompared
)

Effect = (
    StartTimer
    | Notify
    | Count
    | swim.SendPacket
    | swim.OpenStream
    | swim.AnswerStream
    | swim.RememberMember
    | swim.ForgetMember
    | swim.RememberCounter
    | swim.ProveAddress
    | swim.Answer
    | broadcast.Dial
    | broadcast.EndLink
    | broadcast.SendFrames
    | broadcast.Load
    | broadcast.Rename
    | chat.Persist
    | chat.Answer
    | chat.Refuse
    | chat.ReceiptTold
    | chat.Reveal
    | chat.Deliver
)
