"""Features of a Dockerfile that only BuildKit has: found with their lines, and not where there is none."""

from pathlib import Path

import pytest

from harness.runtime.docker.dockerfile import Feature, buildkit_feature
from tests.checkout import ROOT


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ("FROM a\nRUN --mount=type=cache,target=/c pip install x\n", Feature(2, "RUN --mount=type=cache,target=/c")),
        ("FROM a\n\n# text\nRUN \\\n  --network=none \\\n  true\n", Feature(4, "RUN --network=none")),
        ("FROM a\nRUN <<EOF\necho a\nEOF\n", Feature(2, "RUN <<EOF")),
        ("FROM a\nRUN cat <<-'END' > /x\nEND\n", Feature(2, "RUN <<-'END'")),
        ("FROM a\nCOPY <<EOF /versions.json\n{}\nEOF\n", Feature(2, "COPY <<EOF")),
        ("FROM a\nCOPY --chown=1:1 --chmod=755 a b\n", Feature(2, "COPY --chmod=755")),
        ("FROM a\ncopy --link a b\n", Feature(2, "COPY --link")),
        ("FROM a\nADD --checksum=sha256:0 http://x /x\n", Feature(2, "ADD --checksum=sha256:0")),
        ("FROM a\nONBUILD RUN --mount=type=ssh true\n", Feature(2, "RUN --mount=type=ssh")),
        ("ARG TARGETARCH\nFROM a\n", Feature(1, "ARG TARGETARCH")),
        ("FROM --platform=$BUILDPLATFORM a\n", Feature(1, "FROM --platform=$BUILDPLATFORM")),
        ("# syntax=example.org/other/frontend\nanything\n", Feature(1, "# syntax=example.org/other/frontend")),
        ("# escape=`\nFROM a\nRUN `\n --mount=type=bind true\n", Feature(3, "RUN --mount=type=bind")),
    ],
)
def test_a_feature_of_buildkit_is_named_with_its_line(text: str, feature: Feature) -> None:
    assert buildkit_feature(text) == feature


@pytest.mark.parametrize(
    "text",
    [
        "# syntax=docker/dockerfile:1\nFROM a AS b\nCOPY --from=b --chown=1:1 a b\n",
        "FROM --platform=linux/amd64 a\nHEALTHCHECK --interval=1s CMD true\n",
        "ARG TARGETARCH=amd64\nFROM a\nRUN echo $((1 << 2)) '<<<' \\\n # RUN --mount=type=ssh\n && program --mount\n",
        'FROM a\nRUN ["program", "--mount"]\nCMD program --network=none\n',
        "",
    ],
)
def test_a_dockerfile_of_the_classic_builder_has_no_such_feature(text: str) -> None:
    assert buildkit_feature(text) is None


@pytest.mark.parametrize("path", sorted(ROOT.glob("targets/*/Dockerfile")), ids=lambda path: path.parent.name)
def test_the_targets_of_the_project_build_with_both_builders(path: Path) -> None:
    assert buildkit_feature(path.read_text(encoding="utf-8")) is None
