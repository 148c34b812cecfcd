"""memberlist as Serf runs it, each part of Lifeguard with its switch."""
