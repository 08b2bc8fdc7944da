"""Published figures: reading them (`published`), a page against itself (`consistency`), against a run (`judge`)."""
