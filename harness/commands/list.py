"""`harness list`: targets, scenarios, profiles, published comparisons and stored runs."""

from __future__ import annotations

from harness.commands.options import Json  # noqa: TC001 - typer reads it at run time
from harness.project import find_project, open_store


def list_(*, as_json: Json = False) -> None:
    """Print targets, scenarios, profiles, comparisons and runs."""
    from harness import console
    from harness.documents import as_json as plain
    from harness.documents import list_document
    from harness.manifest import default_subjects, load_profiles, load_scenarios, readable_targets

    project = find_project()
    runs = open_store(project).runs()
    (targets, broken), scenarios = readable_targets(project.root), load_scenarios(project.root)
    default_subjects(project, targets, broken)
    document = list_document(project, {**targets, **broken}, scenarios.values(), load_profiles().values(), runs)
    if as_json:
        console.print_json(plain(document))
        return
    rows = [(f"{t.name}:{v['name']}", v["class"], v["summary"]) for t in document.targets for v in t.variants]
    rows += [(t.name, "broken", t.problem) for t in document.targets if t.problem]
    console.show_rows("targets", rows)
    console.show_rows(
        "\nscenarios", [(s.name, f"error: {s.problem}" if s.problem else s.summary) for s in document.scenarios]
    )
    console.show_rows("\nprofiles", [(p.name, p.summary) for p in document.profiles])
    comparisons = [(c.name, ", ".join(c.targets), c.figures) for c in document.comparisons]
    console.show_rows("\ncomparisons", comparisons)
    console.show_rows("\nruns", [(r.name, r.status.value, r.profile, r.started_at) for r in document.runs])
