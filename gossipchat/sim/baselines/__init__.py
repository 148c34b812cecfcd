"""Other protocols to be measured against: plain SWIM, and memberlist with Serf."""
