"""The order of events of a block, and what each of them measures."""
