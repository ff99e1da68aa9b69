"""What `import fastnet` brings along, and what the package says of itself."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib import metadata

import pytest
from cli_helpers import ROOT, environment

import fastnet

OPTIONAL = ("matplotlib", "sklearn", "scipy", "pandas", "tqdm", "pooch", "PIL", "safetensors", "requests")
LATER = tuple(f"fastnet.{name}" for name in ("cli", "datasets", "inspect", "nielsen", "plot", "sklearn"))


def imported_by(statement):
    """The modules that a fresh process has after a statement, warnings being errors."""
    script = f"import sys\n{statement}\nprint(*sys.modules)"
    command = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split())


def test_importing_takes_numpy_and_the_heart_only():
    found = imported_by("import fastnet")
    assert not found.intersection(OPTIONAL)
    assert not found.intersection(LATER)
    beyond_numpy = found - imported_by("import numpy")
    foreign = {name.partition(".")[0] for name in beyond_numpy} - sys.stdlib_module_names - {"fastnet"}
    # Cython keeps its shared types in modules of its own making
    assert {name for name in foreign if not name.startswith(("_cython", "cython_runtime"))} == set()


@pytest.mark.parametrize("name", ["datasets", "nielsen", "inspect"])
def test_parts_need_no_optional_package(name):
    assert not imported_by(f"import fastnet; fastnet.{name}").intersection(OPTIONAL)


def test_training_needs_no_optional_package():
    statement = (
        "import fastnet; data, test = fastnet.datasets.load_digits(); "
        "fastnet.Network([64, 10], rng=0).fit(*data, epochs=1, validation_data=test)"
    )
    assert not imported_by(statement).intersection(OPTIONAL)


def test_the_command_line_needs_no_optional_package():
    found = imported_by("import fastnet.cli; fastnet.cli._all_commands()")
    assert not found.intersection(OPTIONAL)


def test_every_public_name_is_there():
    for name in fastnet.__all__:
        if name not in ("plot", "sklearn"):  # these need an optional package
            assert getattr(fastnet, name) is not None
    assert set(fastnet.__all__) <= set(dir(fastnet))
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        fastnet.nonsense  # noqa: B018


def test_version_is_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["tool"]["setuptools"]["dynamic"]["version"]["attr"] == "fastnet._version.__version__"
    assert f"\n## {fastnet.__version__}" in (ROOT / "CHANGELOG.md").read_text()
    try:
        installed = metadata.version("fastnet")
    except metadata.PackageNotFoundError:
        pytest.skip("fastnet is used in place, not installed")
    assert installed == fastnet.__version__


def test_numpy_is_the_only_requirement():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["dependencies"] == ["numpy>=2.0"]
    assert {"data", "plot", "sklearn", "test", "bench", "all"} <= set(project["optional-dependencies"])
    assert project["license"] == "MIT" and project["requires-python"] == ">=3.11"


def test_a_forced_build_that_is_not_there_is_refused():
    command = [sys.executable, "-c", "import fastnet"]
    done = subprocess.run(
        command, env=environment(FASTNET_CPU="abacus"), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "ImportError: FASTNET_CPU is 'abacus'" in done.stderr and "'baseline'" in done.stderr


def test_the_readme_has_each_command_on_a_line_of_its_own():
    lines = (ROOT / "README.md").read_text().splitlines()
    commands = [line for line in lines if line.startswith("python3 -m venv ")]
    assert len(commands) == 2
    assert commands[0].endswith("fastnet train")
    assert commands[1].endswith("-m pytest tests")
    assert "python3 -m venv" in (ROOT / ".ci" / "run").read_text()
