"""The documentation's code runs, in order, and gives what its comments `# ->` say."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import re
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")

DOCS = Path(__file__).resolve().parent.parent / "docs"
BLOCK = re.compile(r"(<!-- test: (?P<needs>\w+) -->\n)?```python\n(?P<code>.*?)^```$", re.S | re.M)
MNIST = os.path.isdir(os.path.join(os.environ.get("FASTNET_DATA") or "-", "mnist"))


def blocks(path):
    """Yield the line, the code and what else it needs of every block of code."""
    text = path.read_text(encoding="utf-8")
    for found in BLOCK.finditer(text):
        yield text.count("\n", 0, found.start("code")) + 1, found["code"], found["needs"]


def run(code, line, names, path):
    """Run a block as if it stood in its file; check the expressions that a comment `# ->` follows."""
    lines = code.splitlines()
    tree = ast.increment_lineno(ast.parse(code), line - 1)
    for statement in tree.body:
        after = statement.end_lineno - line + 1
        expected = lines[after].partition("# -> ")[2] if after < len(lines) else ""
        if expected and lines[after].startswith("# -> "):
            value = eval(compile(ast.Expression(statement.value), str(path), "eval"), names)
            assert repr(value) == expected, f"{path.name}, line {statement.lineno}: {value!r}"
        else:
            exec(compile(ast.Module([statement], []), str(path), "exec"), names)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["guide.md", "api.md"])
def test_every_block_of_code_runs(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names: dict = {"__name__": "__docs__"}
    done = 0
    for line, code, needs in blocks(DOCS / name):
        if needs == "mnist" and not MNIST:
            continue
        run(code, line, names, DOCS / name)
        done += 1
    assert done
    if name == "guide.md":
        assert len(list(tmp_path.glob("*.png"))) == 12


def test_a_wrong_claim_is_found():
    with pytest.raises(AssertionError, match="line 3: 4"):
        run("x = 2\n2 * x\n# -> 5\n", 2, {}, Path("some.md"))


def test_pictures_and_links_of_the_documentation_are_there():
    for path in DOCS.glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
            assert (DOCS / target).is_file(), f"{path.name}: {target}"


def test_pictures_are_small():
    assert all(path.stat().st_size <= 150_000 for path in (DOCS / "pictures").glob("*.png"))


MODULES = (
    "fastnet", "fastnet.plot", "fastnet.inspect", "fastnet.datasets", "fastnet.nielsen", "fastnet.sklearn",
)  # fmt: skip


@pytest.mark.parametrize("module", MODULES)
def test_the_reference_has_every_public_name(module):
    if module == "fastnet.sklearn":
        pytest.importorskip("sklearn")
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    for name in importlib.import_module(module).__all__:
        thing = getattr(importlib.import_module(module), name)
        if name.startswith("__") or inspect.ismodule(thing):
            continue
        assert f"### {module}.{name}\n" in text, f"docs/api.md lacks {module}.{name}: run docs/make_api.py"
