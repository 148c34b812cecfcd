"""
The settings of chat.
"""

from dataclasses import dataclass

from gossipchat.errors import ConfigError


@dataclass(frozen=True)
class ChatConfig:
    """Sizes in bytes, durations in seconds."""

    max_text_bytes: int = 8192
    """The longest message, in UTF-8: above this `say` refuses with a sentence.
    Every node stores every message, so this is what one line may cost each."""

    max_pending: int = 10_000
    """Messages of local users that may wait for the disk; the next is refused."""

    seal_burst: int = 20
    """Batches that are sealed at once after a quiet time: one costs its author a
    signature and every other node a check."""

    seal_interval: float = 0.1
    """From then on, a batch at most this often, with all that was said meanwhile (a
    single message a fifth more often: who says ten a second is not fast); while
    others seal too, up to six times as seldom, since every node checks all seals: 16
    that speak make about 35 a second together, not 160."""

    late_after: float = 10.0
    """A line that sorts before one already shown counts as late when it comes
    this long after its own time."""

    max_tokens: int = 10_000
    """Client tokens remembered in memory; older ones are looked up on disk."""

    max_rooms: int = 10_000
    """Rooms whose newest entries are remembered, for `after` and `late`."""

    future_limit: float = 24 * 3600.0
    """An entry dated further ahead than this is kept and passed on, but neither
    shown nor allowed to move our clock before it is no longer that far ahead."""

    after_wait: float = 2.0
    """How long a line that was said just now (less than ``late_after`` ago) waits for
    those that it answers, if they are not here yet; then it is shown without them,
    and marked. 0: lines never wait."""

    max_held_runs: int = 512
    """Runs that wait so at once; above it the one that waits longest is shown."""

    say_rate: float = 5.0
    """Messages a second that one local user (one nick) may say for long; above it
    `say` refuses. 0: no limit. Every node stores every message."""

    say_burst: int = 20
    """Messages that one local user may say at once after a quiet time."""

    max_nicks: int = 10_000
    """Local users whose haste is remembered."""

    max_authors: int = 4096
    """Nodes whose keys for private messages are remembered."""

    user_grace: float = 30.0
    """How long users stay listed, as unreachable, after their node is held dead:
    longer hides longer cuts, shorter tells sooner."""

    speaker_linger: float = 600.0
    """How long somebody who has spoken without being logged in (by ``say``, say) is
    listed as if they were. 0: not at all."""

    max_local_users: int = 64
    """Users that may be logged in at this node; each is a kilobyte at every node."""

    def __post_init__(self) -> None:
        for name in ABOVE_0:
            if getattr(self, name) < 1:
                raise ConfigError(
                    f"chat.{name}", getattr(self, name), "must be above 0"
                )
        if self.max_text_bytes > 16384:
            limit = "must not be above 16384, or an entry could outgrow its bound"
            raise ConfigError("chat.max_text_bytes", self.max_text_bytes, limit)
        for name in NOT_BELOW_0:
            if getattr(self, name) < 0:
                limit = "must not be negative"
                raise ConfigError(f"chat.{name}", getattr(self, name), limit)


NOT_BELOW_0 = (
    *("seal_interval", "after_wait", "say_rate", "user_grace", "speaker_linger"),
)
ABOVE_0 = (
    *("max_text_bytes", "max_pending", "seal_burst", "max_rooms", "max_held_runs"),
    *("say_burst", "max_nicks", "max_authors", "max_local_users"),
)
