"""Published figures: `reading` reads them, `consistency` finds contradictions, `judge` compares them with a run."""
