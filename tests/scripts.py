"""The scripts of `benchmarks/`, as modules that tests can look into."""

import importlib.util
import sys
from types import ModuleType

from tests.checkout import ROOT


def loaded(name: str) -> ModuleType:
    """Return a benchmark as a module, though it is a script."""
    spec = importlib.util.spec_from_file_location(f"{name}_benchmark", ROOT / "benchmarks" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # data classes look their annotations up there
    spec.loader.exec_module(module)
    return module
