"""Mutation tests of the pure modules: `make mutants`.

`changes` lists the changes of a module, each at a single place. `trial` runs the tests against one change. `verdict`
compares the survivors with tests/mutants.toml. `__main__` is the command.

mutmut and cosmic-ray were tried first. mutmut does not change module constants and properties, and our thresholds are
such constants and properties. cosmic-ray starts an interpreter for every mutant, which takes 4 s each and half a day
for a run. Here a mutant is a fork of one process that has already imported numpy, scipy and pytest.
"""
