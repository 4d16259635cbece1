"""The unit of systemd and the Containerfile: as far as can be told without running them, they would run."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from armsclaims.cli import main
from server.settings import Settings

ROOMS = ("armsclaims", "loader", "ontology", "queries", "server")


@pytest.fixture(scope="module")
def unit(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unit, with the command of this environment."""
    text = (root / "docs" / "deploy" / "armsclaims.service").read_text("utf-8")
    installed = Path(sys.executable).parent / "armsclaims"
    assert "ExecStart=/opt/armsclaims/bin/armsclaims serve" in text
    file = tmp_path_factory.mktemp("unit") / "armsclaims.service"
    file.write_text(text.replace("/opt/armsclaims/bin/armsclaims", str(installed)), "utf-8")
    return file


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is missing (Debian: systemd)")
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True)


def test_systemd_takes_the_unit(unit: Path) -> None:
    done = analyze("verify", str(unit))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_unit_leaves_little_exposed(unit: Path) -> None:
    done = analyze("security", "--offline=true", "--threshold=20", str(unit))  # tenths
    assert done.returncode == 0, done.stdout


def test_the_unit_names_settings_that_there_are(unit: Path) -> None:
    known = {"ARMSCLAIMS_" + setting.name.upper() for setting in fields(Settings)}
    assert set(re.findall(r"(ARMSCLAIMS_\w+)=", unit.read_text("utf-8"))) <= known


def instructions(root: Path) -> Iterator[tuple[str, str]]:
    text = (root / "docs" / "deploy" / "Containerfile").read_text("utf-8")
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for line in re.sub(r"\\\n\s*", " ", lines).splitlines():
        if line:
            name, _, rest = line.partition(" ")
            yield name, rest


@pytest.fixture(scope="module")
def stages(root: Path) -> list[list[tuple[str, str]]]:
    """The instructions of the Containerfile, stage by stage."""
    found: list[list[tuple[str, str]]] = []
    for name, rest in instructions(root):
        if name == "FROM":
            found.append([])
        found[-1].append((name, rest))
    return found


def test_the_containerfile_copies_what_there_is(root: Path, stages: list[list[tuple[str, str]]]) -> None:
    ignored = (root / "docs" / "deploy" / "Containerfile.dockerignore").read_text("utf-8").split()
    known = {"FROM", "ARG", "ENV", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK"}
    names = [rest.partition(" AS ")[2] for stage in stages for name, rest in stage if name == "FROM"]
    for name, rest in (instruction for stage in stages for instruction in stage):
        assert name in known | {"ENTRYPOINT", "CMD"}
        if name != "COPY":
            continue
        if rest.startswith("--from="):
            stage, source, _ = rest.removeprefix("--from=").split()
            assert stage in names
            assert source in ("/src/server/static/vendor/", "/opt/armsclaims/")
            continue
        for source in rest.split()[:-1]:
            assert (root / source).exists(), source
            assert "!" + source.split("/")[0] in ignored, f"{source} is not in what the builder sees"
    assert 'join(here, "..", "static", "vendor")' in (root / "server" / "editor" / "build.mjs").read_text("utf-8")


def test_the_containerfile_installs_what_is_pinned(root: Path, stages: list[list[tuple[str, str]]]) -> None:
    (build,) = (stage for stage in stages if ("ARG", "REQUIREMENTS=server") in stage)
    runs = [rest for name, rest in build if name == "RUN"]
    assert "--require-hashes -r requirements/${REQUIREMENTS}.txt" in runs[0]
    assert "--no-deps --no-build-isolation ." in runs[1]
    for requirements in ("server", "load"):
        pinned = (root / "requirements" / f"{requirements}.txt").read_text("utf-8")
        assert re.search(r"^setuptools==\d+", pinned, re.MULTILINE), "--no-build-isolation needs it"


def test_the_container_starts_our_command_as_nobody_of_importance(
    root: Path, stages: list[list[tuple[str, str]]]
) -> None:
    last = dict(stages[-1])
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    assert last["ENTRYPOINT"] == '["armsclaims"]'
    assert "armsclaims" in project["scripts"]
    assert last["CMD"] == '["serve"]'
    assert "serve" in main.commands
    assert last["USER"] == "armsclaims"
    assert last["STOPSIGNAL"] == "SIGTERM"
    known = {"ARMSCLAIMS_" + setting.name.upper() for setting in fields(Settings)}
    assert set(re.findall(r"(ARMSCLAIMS_\w+)=", last["ENV"])) <= known
    assert last["EXPOSE"] == str(Settings().port)
    assert f":{Settings().port}/health/ready" in last["HEALTHCHECK"]


def test_an_installed_copy_has_every_file(root: Path, tmp_path: Path) -> None:
    """What the container installs is a wheel, and a wheel has only what pyproject.toml says."""
    files = subprocess.run(["git", "ls-files", *ROOMS], cwd=root, capture_output=True, text=True)
    if files.returncode != 0:
        pytest.skip("this is no git check-out, so nobody knows which files are ours")
    wanted = {name for name in files.stdout.split() if not name.startswith("server/editor/")}
    source = tmp_path / "source"
    for name in [*wanted, "pyproject.toml", "README.md", "LICENSE"]:
        if (root / name).exists():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, source / name)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*build, "--wheel-dir", str(tmp_path), str(source)], check=True, capture_output=True, timeout=300)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        assert sorted(name for name in wanted if (root / name).exists() and name not in opened.namelist()) == []
