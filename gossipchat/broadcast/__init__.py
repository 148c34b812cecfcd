"""How entries travel: links, what each side lacks, and sending it."""
