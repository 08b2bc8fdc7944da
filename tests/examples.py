"""One example of every JSON document; each optional value is absent in one of its rows."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.documents import (
    BuildDocument,
    BuildRow,
    CheckDocument,
    CleanDocument,
    ConditionRow,
    ContradictionRow,
    CpusNeededRow,
    DoctorDocument,
    ExplainDocument,
    ExplainedRun,
    FigureRow,
    FileRow,
    FindingRow,
    ImportDocument,
    ImportedFigure,
    InitDocument,
    MeasuredValue,
    Place,
    RenderDocument,
    RenderedDifference,
    RenderedFile,
    ReportDocument,
    SelftestCheck,
    SelftestDocument,
    SelftestOutcome,
    SelftestRow,
    UnplacedNumber,
    UnwrittenFormat,
    VerifiedRow,
    as_json,
    compare_document,
    history_document,
    list_document,
    run_document,
    stored_row,
)
from harness.documents.thresholds import ThresholdRow
from harness.manifest import load_profiles
from harness.model import (
    BetweenRuns,
    Bound,
    ComparabilityRule,
    Comparison,
    Conclusion,
    ConclusionKind,
    CoreSpeed,
    Difference,
    EnvironmentDifference,
    Failure,
    LeftOut,
    LevelChange,
    MachineHistory,
    MemoryCurve,
    MemoryPoint,
    Outcome,
    Point,
    Project,
    PublishedComparison,
    Result,
    RunsCompared,
    Said,
    Scenario,
    Series,
    SetupDifference,
    SpeedMode,
    SpreadRun,
    Stage,
    Summary,
    Target,
    Variant,
    VariantClass,
    Verdict,
)
from harness.units import Unit
from tests.trials import FLASK, GIN, a_plan, a_run

RATE = Result(
    subject=GIN,
    scenario="hello",
    metric="throughput.closed.c32",
    unit=Unit.PER_SECOND,
    trials=5,
    confidence=0.95,
    estimate=85_000.0,
    low=84_000.0,
    high=86_000.0,
    bound=Bound.GENERATOR,
    warnings=("the machine was busy",),
    detail="at 32 connections",
    ceiling_share=0.9,
)
ABSENT = Result(FLASK, None, "memory.peak", Unit.BYTE, 0, 0.95, reason="this kernel keeps no high-water mark")
RATIO = Comparison(
    metric="throughput.closed.c32",
    scenario="hello",
    subject=GIN,
    reference=FLASK,
    ratio=13.9,
    low=13.5,
    high=14.3,
    p=0.0625,
    verdict=Difference.HIGHER,
    warnings=("a lower bound",),
)
FAILURE = Failure(FLASK, Stage.VERIFY, "it greets wrongly")
POINTS = tuple(MemoryPoint(at_s, 32e6, 31e6, 33.5e6) for at_s in (-4.0, 0.0, 30.0, 60.0))
CURVE = MemoryCurve(FLASK, 3, POINTS[0], POINTS[1:], POINTS[2])
NO_CURVE = MemoryCurve(GIN, reason="this run took no samples of memory")

PROJECT = Project(
    root=Path("project"),
    title="Flask vs Gin",
    reference="flask_app",
    targets=("flask_app", "gin_app"),
    results=Path("results"),
    comparisons=(PublishedComparison("flask_vs_gin", ("flask_app", "gin_app"), Path("figures/flask_vs_gin.toml")),),
)
TARGET = Target(
    name="flask_app",
    title="Flask",
    language="Python",
    summary="Flask.",
    folder=Path("targets/flask_app"),
    variants=(
        Variant("dev-server", VariantClass.DEVELOPMENT, "for developers"),
        Variant("gthread", VariantClass.PRODUCTION, "threads"),
        Variant("sync", VariantClass.TUNED, "processes"),
    ),
    default_variant="gthread",
)

MEASURED = MeasuredValue(
    estimate=6120.0,
    low=5980.0,
    high=6260.0,
    unit=Unit.PER_SECOND,
    text="6,120 req/s [5,980, 6,260]",
    subject="flask_app:gthread",
    scenario="hello",
    metric="throughput.peak",
)
CONDITION = ConditionRow(
    subject="flask_app:dev-server",
    scenario="hello",
    load="1 connection",
    cpus=1,
    estimate=1220.0,
    low=1190.0,
    high=1250.0,
    unit=Unit.PER_SECOND,
    metric="throughput.closed.c1",
    summary="Flask's development server",
    variant_class="development",
    workers=1,
    keeps_alive=False,
    fit="inside",
    note=None,
    is_own=True,
    text="1,220 req/s [1,190, 1,250]",
    run="an-id",
    here="AMD EPYC, one CPU each",
)


def the_run() -> dict[str, Any]:
    run = a_run(a_plan(FLASK, GIN), failures=[FAILURE])
    run = replace(run, setup_differences=(SetupDifference(ComparabilityRule.LOGGING, (FLASK,), "logs every request"),))
    modes = (SpeedMode(0.012, 0.7), SpeedMode(0.0157, 0.3))
    run = replace(run, core_speed=CoreSpeed(72, 0.0123, 0.0118, 0.0161, modes))
    floor = {"throughput.closed.c32": 0.012}
    summary = Summary(run, (RATE, ABSENT), (RATIO,), floor, memory_curves=(CURVE, NO_CURVE))
    held = ThresholdRow(
        threshold="throughput<-5%",
        subject=str(FLASK),
        outcome="holds",
        reason="holds for 1 of 1 change",
        fails=False,
    )
    return as_json(run_document(summary, judged=[held]))


def the_check() -> dict[str, Any]:
    figure = FigureRow(
        id="key_facts.flask.throughput",
        label="Requests Per Second",
        printed="~2,500 req/s",
        claim="~2,500 req/s",
        target="flask_app",
        metric="throughput.peak",
        verdict=Verdict.REFUTED,
        measured=MEASURED,
        answer=None,
        reason="it lies outside everything measured",
        source="a page, Jun 2026",
    )
    places = [
        Place(line=None, text="Key facts: 2,500 req/s"),
        Place(file="page.toml", line=7, text="Verdict: 3,000 req/s"),
    ]
    contradiction = ContradictionRow(rule="one_quantity", message="two numbers for one thing", places=places)
    unmeasured = replace(figure, metric=None, measured=None, answer="yes", verdict=Verdict.NOT_MEASURED)
    return as_json(
        CheckDocument(
            run="reference",
            here="AMD EPYC, one CPU each",
            cautions=["The run is partial."],
            figures=[figure, unmeasured],
            files=[FileRow(path="results.json", format="TechEmpower", rows=332, notes=["102 rows were not judged"])],
            contradictions=[contradiction],
            totals={"refuted": 1, "not_measured": 1},
        )
    )


def the_explanation() -> dict[str, Any]:
    unknown = replace(
        CONDITION, scenario=None, summary=None, variant_class=None, workers=None, keeps_alive=None, fit="outside"
    )
    cost = replace(CONDITION, unit=Unit.SECOND, estimate=125e-6, low=123e-6, high=127e-6)
    return as_json(
        ExplainDocument(
            figure="key_facts.flask.throughput_benchmark",
            label="Requests Per Second",
            printed="~1,200 req/s",
            claim="~1,200 req/s",
            target="flask_app",
            of=None,
            metric="throughput.*",
            conditions=["single instance"],
            source="a page, Jun 2026",
            answer="~1,200 req/s is the throughput of the development server.",
            holds_under=[CONDITION],
            nearest=unknown,
            others=[unknown],
            cpus_needed=CpusNeededRow(estimate=0.15, low=0.148, high=0.152, cost=cost, cpu="AMD EPYC"),
            translation=None,
            runs=[ExplainedRun(name="reference", id="an-id", here="AMD EPYC", started_at="2026-01-31T14:25:01+00:00")],
        )
    )


def the_list() -> dict[str, Any]:
    scenarios = [Scenario("hello", "Say hello.", Path("scenarios/hello.py"))]
    runs = [stored_row("reference", a_run(name="an-id"), is_invalid=False)]
    return as_json(list_document(PROJECT, {TARGET.name: TARGET}, scenarios, load_profiles().values(), runs))


def the_doctor() -> dict[str, Any]:
    cpus = FindingRow(name="cpus", state="warning", detail="one", fix="Buy one.")
    return as_json(DoctorDocument(findings=[cpus]))


def the_render() -> dict[str, Any]:
    row = RenderedDifference(line=3, block="as-of", stands="as of 2025", should="as of 2026")
    differing = RenderedFile(path="README.md", blocks=2, written=False, differences=[row])
    written = RenderedFile(path="index.html", blocks=1, written=True, differences=[])
    return as_json(RenderDocument(files=[differing, written]))


def the_clean() -> dict[str, Any]:
    containers, files = ["0123456789ab (flask_app:gthread, run r)"], ["results/r/.harness-0123456789abcdef-01234567"]
    return as_json(CleanDocument(containers=containers, processes=[], images=["i"], files=files))


def the_comparison() -> dict[str, Any]:
    between = BetweenRuns(GIN, "memory.idle", None, "b gin", "a gin", 1.0, 0.9, 1.1, 0.5, Difference.INCONCLUSIVE)
    differences = [EnvironmentDifference("machine.cpus", 2, None)]
    runs = (SpreadRun("c", "2026-01-31T14:25:01+00:00"),)
    compared = RunsCompared("a", "b", (between,), gone=(FLASK,), spread_runs=runs, needed_runs=5)
    said = Said("higher, 12.0 [11.7, 12.3]", "higher", 12.0, 11.7, 12.3)
    holds = Conclusion(ConclusionKind.COMPARISON, str(GIN), str(FLASK), "memory.idle", None, said, said, Outcome.HOLDS)
    ranked = Conclusion(
        ConclusionKind.RANK, None, None, "memory.idle", None, Said(f"1 {GIN}"), None, Outcome.NOT_MEASURED
    )
    failures = ["memory>1%: only lower bounds"]
    return as_json(compare_document(compared, differences, failures, [holds, ranked], differences))


def the_history() -> dict[str, Any]:
    point = Point("a", "2026-01-31T14:25:01+00:00", None, 30e6, 29e6, 31e6)
    moved = Series(GIN, None, "memory.loaded", Unit.BYTE, (point,), (LevelChange("a", 1.1),))
    short = replace(moved, changes=None)
    machine = MachineHistory({"cpu": "c", "cpus": 2}, ("a",), (moved, short))
    return as_json(history_document([machine], [LeftOut("b", "requests failed under load")]))


def the_selftest() -> dict[str, Any]:
    check = SelftestCheck(
        what="p50", truth=0.002, measured=0.0021, limit=0.01, rule="within", unit=Unit.SECOND, passed=True
    )
    row = SelftestRow(
        name="stall",
        what="p50",
        truth=0.002,
        measured=0.0021,
        limit=0.01,
        rule="within",
        unit=Unit.SECOND,
        passed=True,
        outcome=SelftestOutcome.PASSED,
        detail="a stall of 1 s in every 10",
        checks=[check],
        yardsticks=[],
    )
    not_run = SelftestRow(
        name="memory",
        what=None,
        truth=None,
        measured=None,
        limit=None,
        rule=None,
        unit=None,
        passed=False,
        outcome=SelftestOutcome.FAILED,
        detail="no engine answers",
        checks=[],
        yardsticks=[],
    )
    late = replace(check, what="yardstick", measured=0.1, passed=False)
    noisy = replace(row, passed=None, outcome=SelftestOutcome.TOO_NOISY, yardsticks=[late])
    return as_json(SelftestDocument(rows=[row, not_run, noisy], passed=1, failed=1, too_noisy=1))


def the_import() -> dict[str, Any]:
    throughput = ImportedFigure(
        id="results.gin",
        printed="over 12,000 req/s",
        target="gin_app",
        of=None,
        metric="throughput.closed.*",
        unit="req/s",
        low=12_000,
        high=None,
        conditions=["64 connections"],
        line=12,
        column=8,
    )
    stars = replace(throughput, metric=None, unit="% difference", of="flask_app", low=None, high=7.0)
    unplaced = UnplacedNumber(printed="7", line=14, column=3, reason="a number without a unit", context="7 of them")
    return as_json(
        ImportDocument(
            page="page.md", output="figures/page.toml", figures=[throughput, stars], unplaced=[unplaced],
            totals={"figures": 2, "unplaced": 1},
        )
    )  # fmt: skip


def the_build() -> dict[str, Any]:
    """Return the document of builds of which one failed, and of two first starts."""
    document = BuildDocument(
        runtime="docker",
        builds=[
            BuildRow(target="gin_app", identity="sha256:12", stand_ins={"local/golang:1.26": "golang:1.26@sha256:0f"}),
            BuildRow(target="flask_app", stand_ins={}, error="the build failed"),
        ],
        verified=[
            VerifiedRow(target="gin_app", variant="release", ready_s=0.1, notes=["its answers have no Date"]),
            VerifiedRow(target="gin_app", variant="debug", notes=[], error="it ended"),
        ],
    )
    return as_json(document)


def the_report() -> dict[str, Any]:
    """Return the document of a report without one of its formats."""
    unwritten = [UnwrittenFormat(format="pdf", message="no browser was found. Install chromium.")]
    document = ReportDocument(run="r", folder="results/r/report", files=["index.html"], unwritten=unwritten)
    return as_json(document)


def the_init() -> dict[str, Any]:
    """Return the document of a created project."""
    return as_json(InitDocument(kind="project", created=["project.toml", "targets"]))


EXAMPLES = {
    "run": the_run,
    "check": the_check,
    "explain": the_explanation,
    "import": the_import,
    "list": the_list,
    "clean": the_clean,
    "render": the_render,
    "doctor": the_doctor,
    "compare": the_comparison,
    "history": the_history,
    "selftest": the_selftest,
    "build": the_build,
    "report": the_report,
    "init": the_init,
}
