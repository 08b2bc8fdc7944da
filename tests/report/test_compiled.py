"""Templates that are compiled once for many commands, and commands without a folder for them."""

from __future__ import annotations

import os
import tempfile
from functools import partial
from typing import TYPE_CHECKING

import pytest
from jinja2 import Environment
from jinja2.bccache import Bucket

from harness.report.compiled import CompiledTemplates, compiled_templates
from harness.report.page import templates

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def filled(finalize: str, text: str = "{{ 1 }} of {{ number }}") -> str:
    environment = Environment(autoescape=True, bytecode_cache=compiled_templates(finalize))
    code = environment.bytecode_cache
    assert code is not None
    bucket = code.get_bucket(environment, "name", None, text)
    if bucket.code is None:
        bucket.code = environment.compile(text)
        code.set_bucket(bucket)
    return environment.template_class.from_code(environment, bucket.code, {}).render(number=2)


def kept(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("_jinja2-cache-*/*"))


def test_a_template_is_compiled_once_until_it_or_its_environment_changes(temporary: Path) -> None:
    assert [filled("a"), filled("a")] == ["1 of 2"] * 2
    assert len(kept(temporary)) == 1
    filled("b")
    assert len(kept(temporary)) == 2
    assert filled("a", "{{ number }} of 3") == "2 of 3"


def test_without_a_folder_for_them_templates_are_compiled_each_time(temporary: Path) -> None:
    folder = temporary / f"_jinja2-cache-{os.getuid()}"
    folder.write_text("not a folder")
    assert compiled_templates("a") is None
    assert templates.__wrapped__(str).from_string("{{ 1 }}").render() == "1"


def test_a_full_disk_does_not_matter(monkeypatch: pytest.MonkeyPatch, temporary: Path) -> None:
    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", full)
    assert filled("a") == "1 of 2"
    assert kept(temporary) == []


def test_functions_with_other_arguments_have_their_own_compiled_templates() -> None:
    patterns = {
        found._get_cache_filename(Bucket(Environment(autoescape=True), "key", "checksum"))
        for finalize in (None, str, repr, partial(int, base=8), partial(max, 3), partial(max, 4))
        if (found := templates.__wrapped__(finalize).bytecode_cache) and isinstance(found, CompiledTemplates)
    }
    assert len(patterns) == 6
