"""`harness list`: targets, scenarios, profiles, published comparisons and stored runs."""

from __future__ import annotations

from harness.commands.options import Json  # noqa: TC001 - typer reads it at run time
from harness.project import find_project, open_store, read_targets


def list_(*, as_json: Json = False) -> None:
    """Print targets, scenarios, profiles, comparisons and runs."""
    from harness import console
    from harness.documents import as_json as plain
    from harness.documents import list_document
    from harness.manifest import load_profiles, load_scenarios

    project = find_project()
    runs = open_store(project).runs()
    targets, scenarios = read_targets(project), load_scenarios(project.root)
    document = list_document(project, targets.values(), scenarios.values(), load_profiles().values(), runs)
    if as_json:
        console.print_json(plain(document))
        return
    variants = [(f"{t.name}:{v['name']}", v["class"], v["summary"]) for t in document.targets for v in t.variants]
    console.show_rows("targets", variants)
    console.show_rows(
        "\nscenarios", [(s.name, f"error: {s.problem}" if s.problem else s.summary) for s in document.scenarios]
    )
    console.show_rows("\nprofiles", [(p.name, p.summary) for p in document.profiles])
    comparisons = [(c.name, ", ".join(c.targets), c.figures) for c in document.comparisons]
    console.show_rows("\ncomparisons", comparisons)
    console.show_rows("\nruns", [(r.name, r.status.value, r.profile, r.started_at) for r in document.runs])
