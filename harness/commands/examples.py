"""The examples of all commands: `--help` and the man page print them, and a test parses each of them.

They are plain data, because every start of the program reads them.
"""

from __future__ import annotations

EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {  # by command: what is typed, and what it does
    "init": (
        ("harness init bench", "Create a project in the folder bench."),
        ("harness init target my_app", "Add a target: a small app with one variant."),
        ("harness init target fast_app --like gin_app", "Add a target, as a copy of another one."),
    ),
    "doctor": (("harness doctor", "Print what this machine can do, with a fix for each problem."),),
    "list": (
        ("harness list", "Print targets, scenarios, profiles and runs."),
        ("harness list --json", "The same for a program."),
    ),
    "import": (
        ("harness import page.html", "Print the figures of a saved page."),
        ("harness import page.html --output figures/mine.toml", "Write them to a file."),
    ),
    "build": (
        ("harness build", "Build all targets."),
        ("harness build --target gin_app --runtime process", "Build one target without a container engine."),
    ),
    "run": (
        ("harness run", "Measure the project's targets with the profile quick."),
        ("harness run --profile full --target all", "Measure every target thoroughly."),
        ("harness run --pair flask_app,gin_app --scenario hello", "Measure two targets with one scenario."),
        ("harness run --against main --fail-on 'throughput<-5%'", "Fail if this tree is slower than main."),
        ("harness run --dry-run", "Print the plan and its duration, and measure nothing."),
    ),
    "report": (
        ("harness report", "Write the page of the newest run."),
        ("harness report reference --format html,csv,junit", "Write a named run in three formats."),
    ),
    "render": (
        ("harness render README.md", "Fill the marked numbers of a document from a run."),
        ("harness render --check README.md", "Fail if the document says something else than the run."),
    ),
    "check": (
        ("harness check", "Print the verdict on each published figure."),
        ("harness check --fail-on refuted,contradicted", "Fail if a figure does not hold."),
        ("harness check --fail-on refuted --baseline reference", "Fail if a figure no longer holds."),
        ("harness check page.html --run reference --verbose", "Check a saved page, with the reasons."),
        ("harness check results.json", "Check a result file for contradictions."),
    ),
    "explain": (("harness explain 'flask_app 30,000 req/s'", "Print under which conditions this figure would hold."),),
    "compare": (
        ("harness compare reference 20260131-142501-quick-9f3a", "Compare two stored runs."),
        ("harness compare a b --fail-on 'throughput<-5%,reversed'", "Fail at a change or a reversed conclusion."),
        ("harness compare a b --fail-on gone,new", "Fail if a target is in one of the runs only."),
    ),
    "history": (("harness history --profile quick", "Write a page of all runs of one profile."),),
    "selftest": (
        ("harness selftest", "Run every row of the self-test."),
        ("harness selftest stall histogram", "Run two rows."),
    ),
    "schema": (("harness schema run", "Print the JSON Schema of the document of a run."),),
    "clean": (
        ("harness clean", "Remove what dead runs left behind."),
        ("harness clean --images", "Also remove unused builds of targets."),
    ),
    "worker": (("harness worker --master 10.0.0.1:5557 --cpus 0,2", "Drive load for a run on the machine 10.0.0.1."),),
}


def epilog(command: str) -> str:
    """Return the examples of a command as the end of its help; the first mark keeps their line breaks."""
    lines = (f"  {typed}\n      {does}" for typed, does in EXAMPLES[command])
    return "\n".join(("\b", "Examples:", *lines))
