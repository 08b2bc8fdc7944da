"""Mutation tests of the pure modules: `make mutants`.

`changes` lists the single-place changes of a module, `trial` runs the tests against one of them, `verdict` compares the
survivors with tests/mutants.toml, and `__main__` is the command.

mutmut and cosmic-ray were tried first. mutmut changes neither module constants nor properties, and our thresholds are
both; cosmic-ray starts an interpreter for every mutant, four seconds each, and a run would take half a day. Here a
mutant is a fork of one process that has already imported numpy, scipy and pytest.
"""
