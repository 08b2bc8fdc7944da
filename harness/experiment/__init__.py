"""The design of a run (`plan`), its execution (`loop`), and what its numbers depend on (`environment`)."""
