"""The report: the table and the picture of the benchmarks, from results made up here."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path, str(ROOT)])
    import bench.report
    import bench.summary

    return bench


def made_up(numpy_seconds=0.24, **about):
    def result(seconds, **info):
        common = {"note": "", "data": "MNIST", "versions": {}}
        return {"stats": {"median": seconds, "rounds": 3}, "extra_info": {**common, **info}}

    def one(contender, seconds, note=""):
        bar = {"peer": "numpy", "at_least": 12, "aim": 18}
        row = {
            "section": "train",
            "row": "k",
            "title": "784-16-10",
            "unit": "s/epoch",
            "bar": bar,
            "note": note,
        }
        return result(seconds, contender=contender, name=contender, **{**row, "versions": {contender: "1.2"}})

    bar = {"self_bar": ["at most", 0.35], "figure": 0.4, "unit": "x the input", "meaning": "on top"}
    own = result(0.5, section="self", row="m", title="memory", contender="fastnet", name="fastnet", **bar)
    foreign = {"stats": {"median": 1.0, "rounds": 3}, "extra_info": {}}
    return {
        "machine_info": {"fastnet": {"processor": "A Chip", "cores": 2, "date": "2030-01-02", **about}},
        "benchmarks": [
            one("fastnet", 0.012),
            one("numpy", numpy_seconds),
            one("jax", 0.006, "half"),
            own,
            foreign,
        ],
    }


def test_wins_and_losses_stand_in_the_table_alike(bench):
    text = bench.report.table(made_up())
    assert "**20x faster**" in text and "**2x slower** (half)" in text
    assert "| 12x NumPy float32 | **yes** |" in text
    assert "| **0.40x the input** |" in text and "| at most 0.35x the input | **no** |" in text
    for fact in ("A Chip", "2 cores", "2030-01-02", "jax 1.2", "MNIST"):
        assert fact in text
    assert "smoke" not in text and "smoke" in bench.report.table(made_up(quick=True))


def test_a_missed_bar_is_said(bench):
    results = made_up(numpy_seconds=0.143)
    assert "| 12x NumPy float32 | **no** |" in bench.report.table(results)
    assert bench.summary.missed(bench.summary.collect(results["benchmarks"])) == ["784-16-10", "memory"]
    assert bench.summary.missed(bench.summary.collect(made_up()["benchmarks"])) == ["memory"]


@pytest.mark.parametrize(
    "seconds, text",
    [(12.3, "12.3 s"), (0.2444, "244 ms"), (0.0166, "16.6 ms"), (6.7e-6, "6.70 us"), (5e-7, "0.50 us")],
)
def test_times_are_readable(bench, seconds, text):
    assert bench.summary.readable(seconds) == text


def test_the_command_writes_the_readme_and_the_picture(bench, tmp_path):
    pytest.importorskip("matplotlib")
    results, readme, picture = tmp_path / "r.json", tmp_path / "README.md", tmp_path / "new" / "speed.png"
    results.write_text(json.dumps(made_up()))
    readme.write_text("before\n<!-- table -->\nold\n<!-- /table -->\nafter\n")
    assert bench.report.main([str(results), "--readme", str(readme), "--picture", str(picture)]) == 0
    text = readme.read_text()
    assert text.startswith("before\n<!-- table -->\n| seconds an epoch |") and text.endswith(
        "<!-- /table -->\nafter\n"
    )
    assert "old" not in text
    assert picture.read_bytes()[:4] == b"\x89PNG"


MARKS = "<!-- table --><!-- /table -->"


@pytest.mark.parametrize("text", ["", "<!-- table -->", "<!-- /table --> <!-- table -->", 2 * MARKS])
def test_a_readme_without_its_marks_is_refused(bench, text):
    with pytest.raises(ValueError, match="<!-- table -->"):
        bench.report.replaced(text, "new")


def test_results_of_something_else_are_refused(bench, tmp_path, capsys):
    (tmp_path / "r.json").write_text('{"benchmarks": [], "machine_info": {}}')
    assert bench.report.main([str(tmp_path / "r.json")]) == 1
    assert "no rows" in capsys.readouterr().err
