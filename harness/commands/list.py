"""`harness list`: targets, scenarios, profiles, published comparisons and stored runs."""

from __future__ import annotations

from harness.commands.options import Json  # noqa: TC001 - typer reads it at run time
from harness.project import find_project, open_store


def list_(*, as_json: Json = False) -> None:
    """Print targets, scenarios, profiles, comparisons and runs."""
    from harness import console
    from harness.documents import as_json as plain
    from harness.documents import list_document, stored_row
    from harness.manifest import default_subjects, load_profiles, load_scenarios, readable_targets
    from harness.newest import invalid_runs

    project = find_project()
    store = open_store(project)
    runs = store.runs()
    (targets, broken), scenarios = readable_targets(project.root), load_scenarios(project.root)
    default_subjects(project, targets, broken)
    invalid = invalid_runs(store, runs)
    rows_of_runs = [stored_row(name, run, is_invalid=name in invalid) for name, run in runs.items()]
    profiles = load_profiles().values()
    document = list_document(project, {**targets, **broken}, scenarios.values(), profiles, rows_of_runs)
    if as_json:
        console.print_json(plain(document))
        return
    rows = [(f"{t.name}:{v['name']}", v["class"], v["summary"]) for t in document.targets for v in t.variants]
    rows += [(t.name, "broken", t.problem) for t in document.targets if t.problem]
    console.show_rows("targets", rows)
    console.show_rows(
        "\nscenarios", [(s.name, f"unusable: {s.problem}" if s.problem else s.summary) for s in document.scenarios]
    )
    console.show_rows("\nprofiles", [(p.name, p.summary) for p in document.profiles])
    comparisons = [(c.name, ", ".join(c.targets), c.figures) for c in document.comparisons]
    console.show_rows("\ncomparisons", comparisons)
    console.show_runs(document.runs)
