"""`fastnet show`: every picture, and what cannot be drawn."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

matplotlib = pytest.importorskip("matplotlib")

from matplotlib.image import imread  # noqa: E402
from plot_subjects import net  # noqa: E402

import fastnet  # noqa: E402
from fastnet.cli import main  # noqa: E402
from fastnet.cli.show import PICTURES  # noqa: E402


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("show") / "digits.fastnet"
    net().save(path)
    return str(path)


@pytest.mark.parametrize("picture", PICTURES)
def test_every_picture(model, picture, tmp_path, capsys):
    out = tmp_path / "picture.png"
    assert main(["show", model, f"--{picture}", "--out", str(out), "--dpi", "40", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said == {"model": model, "picture": picture, "out": str(out)}
    assert imread(out)[..., :3].std() > 0.02


def test_dark_numbered_and_as_svg(model, tmp_path, capsys):
    out = tmp_path / "weights.svg"
    arguments = ["--weights", "--number", "3", "--dark", "--cmap", "PiYG", "--out", str(out)]
    assert main(["show", model, *arguments]) == 0
    assert str(out) in capsys.readouterr().out
    assert ElementTree.parse(out).getroot().tag.endswith("svg")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--out", "x.png"], 2, "required"),
        (["--weights"], 2, "--out"),
        (["--weights", "--network", "--out", "x.png"], 2, "not allowed"),
        (["--weights", "--layer", "1", "--out", "x.png"], 1, "not an image"),
        (["--network", "--sample", "360", "--out", "x.png"], 1, "--sample 360"),
        (["--weights", "--cmap", "nonsense", "--out", "x.png"], 1, "cmap"),
        (["--weights", "--out", "x.what"], 1, "what"),
    ],
)
def test_what_cannot_be_drawn(model, arguments, code, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["show", model, *arguments]) == code
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_data_has_to_be_named_for_other_inputs(tmp_path, capsys):
    path = tmp_path / "other.fastnet"
    fastnet.Network([25, 3], rng=0).save(path)
    assert main(["show", str(path), "--mistakes", "--out", str(tmp_path / "x.png")]) == 1
    assert "--data" in capsys.readouterr().err
    assert main(["show", str(path), "--weights", "--out", str(tmp_path / "x.png")]) == 0


def test_a_table_with_two_classes_from_one_output(tmp_path, capsys):
    path, table, out = tmp_path / "two.fastnet", tmp_path / "two.csv", tmp_path / "x.png"
    fastnet.Network([2, 3, 1], rng=0).save(path)
    table.write_text("a,b,label\n0.5,1,0\n1,0.25,1\n")
    for picture in ("network", "confusion", "gradient", "landscape"):
        assert main(["show", str(path), f"--{picture}", "--data", str(table), "--out", str(out)]) == 0
    capsys.readouterr()
    assert main(["show", str(path), "--mistakes", "--data", str(table), "--out", str(out)]) == 1
    assert "not an image" in capsys.readouterr().err
