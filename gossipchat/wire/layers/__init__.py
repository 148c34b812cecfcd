"""What lies around a message: checksum, label, compression, encryption, compound."""
