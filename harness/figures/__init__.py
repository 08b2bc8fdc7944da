"""Published figures: reading them (`published`) and holding a run against them (`judge`)."""
