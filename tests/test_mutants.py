"""Mutation tests: the changes and their names, the result of a trial, and when a run of mutants fails."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import ROOT
from tools.mutants.__main__ import tests_of as arguments_of
from tools.mutants.changes import Mutant, mutants_of
from tools.mutants.trial import Outcome
from tools.mutants.verdict import Rules, Score, Survivor, faults, score

RULES = ROOT / "tests" / "mutants.toml"


def names(source: str) -> list[str]:
    return [mutant.name for mutant in mutants_of(source)]


def results(source: str, call: str) -> list[object]:
    """Return the result of a call under each mutant, in the order of the mutants."""
    found = []
    for mutant in mutants_of(source):
        space: dict[str, object] = {}
        exec(mutant.compiled("made.py"), space)  # noqa: S102  # the source is in this file
        found.append(eval(call, space))  # noqa: S307
    return found


class TestChanges:
    def test_each_change_is_one_mutant_named_by_its_function_and_statement(self) -> None:
        source = "def rate(count, seconds):\n    return count / seconds + 1\n"
        assert names(source) == [
            "rate: return count / seconds [+ -> -] 1",
            "rate: return count [/ -> *] seconds + 1",
            "rate: return count / seconds + [1 -> 2]",
            "rate: return count / seconds + [1 -> 0]",
        ]
        assert results(source, "rate(6, 2)") == [2, 13, 5, 3]

    @pytest.mark.parametrize(
        ("statement", "changed"),
        [
            ("x = a < b", ["x = a [< -> <=] b", "x = a [< -> >=] b"]),
            ("x = a >= b", ["x = a [>= -> >] b", "x = a [>= -> <] b"]),
            ("x = a is not b", ["x = a is [not -> ]b"]),
            ("x = a and b", ["x = a [and -> or] b"]),
            ("x = not a", ["x = [not -> ]a"]),
            ("x = 0.5", ["x = [0.5 -> 0.625]", "x = [0.5 -> 0.4]"]),
            ("x = True", ["x = [True -> False]"]),
            ("x = 0", ["x = [0 -> 1]"]),
            ("x = a.split(b)", []),
            ("x = a.split(b, c)", ["x = [a.split -> a.rsplit](b, c)"]),
            ("x = min(a, b)", ["x = [min -> max](a, b)"]),
            ("x = a if b else c", ["x = a if [ -> not]b else c"]),
            ("x = 'key'", ["x = 'key[ -> ~]'"]),
            ("a.append(b)", ["[a.append(b) -> pass]"]),
        ],
    )
    def test_a_statement_has_these_changes(self, statement: str, changed: list[str]) -> None:
        assert [name.removeprefix("module: ") for name in names(statement)] == changed

    @pytest.mark.parametrize(
        "source",
        [
            '"""A docstring with the number 1."""',
            "import a",
            "x: int | None",
            "if TYPE_CHECKING:\n    x = 1",
            "@frozen(slots=True)\nclass A: ...",
            "x = zip(a, b, strict=True)",
            "x = a.strip('.')",
            "x = 'wording of a message'",
            "x = f'wording of {a:.2f}'",
        ],
    )
    def test_code_without_an_effect_on_results_is_not_changed(self, source: str) -> None:
        assert [name for name in names(source) if "..." not in name] == []

    def test_a_number_within_a_message_is_changed(self) -> None:
        assert names("x = f'more than {100 * limit:g} %'") == [
            "module: x = f'more than {100 [* -> /] limit:g} %'",
            "module: x = f'more than {[100 -> 101] * limit:g} %'",
            "module: x = f'more than {[100 -> 99] * limit:g} %'",
        ]

    def test_a_name_does_not_depend_on_the_line_and_equal_names_are_numbered(self) -> None:
        source = "x = y + y\nx = y + y\n"
        assert names(source) == names("\n\n# moved\n" + source)
        assert names(source) == ["module: x = y [+ -> -] y", "module: x = y [+ -> -] y (2)"]
        assert [mutant.line for mutant in mutants_of(source)] == [1, 2]

    def test_after_a_mutant_the_source_is_unchanged(self) -> None:
        made: list[Mutant] = list(mutants_of("x = 1 + 2"))
        values = []
        for mutant in made * 2:
            space: dict[str, object] = {}
            exec(mutant.compiled("made.py"), space)  # noqa: S102
            values.append(space["x"])
        assert values == [-1, 4, 2, 4, 2] * 2


RULED = Rules(50.0, ("a.py",), {Survivor("a.py", "x"): "x means nothing"})


class TestTheVerdict:
    def test_a_mutant_that_hangs_counts_as_killed(self) -> None:
        assert score([Outcome.KILLED, Outcome.TIMED_OUT, Outcome.SURVIVED, Outcome.SURVIVED]) == Score(4, 2)
        assert (Score(4, 2).percent, Score(0, 0).percent) == (50.0, 100.0)

    def test_a_survivor_with_a_reason_passes_and_counts_as_a_survivor(self) -> None:
        outcomes = {Survivor("a.py", "x"): Outcome.SURVIVED, Survivor("a.py", "y"): Outcome.KILLED}
        assert list(faults(RULED, outcomes)) == []
        assert list(faults(Rules(50.1, (), RULED.reasons), outcomes)) == [
            "50.0 % of the mutants were killed, 50.1 % are needed"
        ]

    def test_a_survivor_without_a_reason_fails(self) -> None:
        outcomes = {Survivor("a.py", name): Outcome.SURVIVED for name in "xy"} | {
            Survivor("a.py", name): Outcome.KILLED for name in "uvw"
        }
        assert list(faults(RULED, outcomes)) == ["a.py: survived: y"]

    def test_a_reason_for_a_killed_mutant_fails_in_the_modules_that_were_tried(self) -> None:
        killed = {Survivor("a.py", "x"): Outcome.KILLED}
        assert list(faults(RULED, killed)) == ["a.py: explained, and does not survive: x"]
        assert list(faults(RULED, killed, whole=False)) == []
        assert list(faults(RULED, {Survivor("b.py", "x"): Outcome.KILLED})) == []

    @pytest.mark.parametrize(
        "entries", ["reason = ' '", "reason = 'r'\n[[survivor]]\nmodule='a'\nmutant='m'\nreason='r'"]
    )
    def test_a_survivor_needs_one_reason(self, tmp_path: Path, entries: str) -> None:
        path = tmp_path / "mutants.toml"
        path.write_text(f"least_percent = 95\nmodules = []\n[[survivor]]\nmodule='a'\nmutant='m'\n{entries}\n")
        with pytest.raises(ValueError, match=r"mutants.toml: a: m: one reason is needed"):
            Rules.read(path)


class TestTheFile:
    def test_it_asks_for_95_percent_of_modules_that_exist_and_have_tests(self) -> None:
        rules = Rules.read(RULES)
        assert rules.least_percent == 95
        for pattern in rules.modules:
            assert list(ROOT.glob(pattern)), pattern

    def test_every_explained_survivor_is_a_mutant_of_the_code(self) -> None:
        explained: dict[str, set[str]] = {}
        for survivor in Rules.read(RULES).reasons:
            explained.setdefault(survivor.module, set()).add(survivor.name)
        for module, wanted in explained.items():
            assert wanted - set(names((ROOT / module).read_text(encoding="utf-8"))) == set()


def test_a_module_is_tried_by_its_own_tests_and_then_by_its_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    own, room = arguments_of(Path("harness/analysis/pairing.py"))
    assert own == ("tests/analysis/test_pairing_edges.py", "tests/analysis/test_pairing.py")
    assert room == ("tests/analysis", *(f"--ignore={name}" for name in own))
    assert all(name.startswith("tests/test_histogram") for name in arguments_of(Path("harness/histogram.py"))[0])


@pytest.mark.program
def test_a_trial_finds_killed_and_surviving_mutants(tmp_path: Path) -> None:
    """The trial runs in its own process: it forks, and that process must not have imported anything before."""
    (tmp_path / "made.py").write_text("def twice(x):\n    while x > 9: x += 0\n    return x * 2\n")
    (tmp_path / "test_made.py").write_text("from made import twice\ndef test_it(): assert twice(3) == 6\n")
    script = """
import subprocess
import sys
from pathlib import Path
from tools.mutants.changes import mutants_of
from tools.mutants.trial import Trial, outcomes
path = Path(sys.argv[1], "made.py")
sys.path.insert(0, sys.argv[1])
tests = ((str(path.with_name("test_made.py")), "-c", "/dev/null"),)
trials = [
    Trial(one.name, "made", path, one.compiled(str(path)), tests, 1)
    for one in mutants_of(path.read_text())
]
for trial, how in outcomes(trials, 2):
    print(how.outcome, trial.name, sep=": ")
"""
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    assert sorted(done.stdout.splitlines()) == [
        "killed: twice: return x * [2 -> 1]",
        "killed: twice: return x * [2 -> 3]",
        "killed: twice: return x [* -> /] 2",
        "survived: twice: while x > [9 -> 10]",
        "survived: twice: while x > [9 -> 8]",
        "survived: twice: while x [> -> >=] 9",
        "survived: twice: x += [0 -> 1]",
        "survived: twice: x [+= -> -=] 0",
        "timed out: twice: while x [> -> <=] 9",
    ]
