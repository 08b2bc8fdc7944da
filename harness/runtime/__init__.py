"""Runtimes that build and start targets: the interface (`base`), and its two implementations (`docker`, `process`)."""
