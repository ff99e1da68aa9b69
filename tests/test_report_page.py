"""The report: what it tells, and that a browser shows it."""

from __future__ import annotations

import base64
import io
import json
import re

import numpy as np
import pytest
from browser import browser, console, requests, visit

import fastnet
from fastnet import cli
from fastnet.page import report_html
from fastnet.page._png import as_png


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    train, test = fastnet.datasets.load_digits()
    net = fastnet.Network([64, 16, 10], rng=0)
    net.fit(*train, epochs=6, learning_rate=0.01, optimizer="adam", progress=False, validation_data=test)
    net.metadata = {"image_shape": [8, 8], "classes": [str(k) for k in range(10)]}
    folder = tmp_path_factory.mktemp("report")
    net.save(folder / "m.fastnet")
    return net, test, folder


def sections(page):
    return re.findall(r"<h2[^>]*>(.*?)</h2>", page)


def test_the_command_tells_everything(digits, capsys):
    net, (X, y), folder = digits
    out = folder / "report.html"
    arguments = ["report", str(folder / "m.fastnet"), "digits", "--out", str(out)]
    assert cli.main([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    page = out.read_text("utf-8")
    found = net.evaluate(X, y)
    assert told["accuracy"] == found.accuracy
    expected = ["Accuracy", "Curves", "Weights", "Confusion matrix", "Mistakes", "Noise", "Neurons"]
    assert sections(page) == expected
    assert f"{found.accuracy:.2%}" in page and f"{found.n:,}" in page
    assert page.count("test ends at") == 2  # cost and accuracy, with validation
    wrong = int((net.predict(X) != y).sum())
    assert f"{wrong:,} of {len(X):,} wrong" in page
    assert page.count("with confidence") == min(wrong, 32)
    assert page.count('alt="neuron ') == 16
    for i, row in enumerate(found.confusion):
        for j, count in enumerate(row):
            assert f"{i} taken for {j}: {count}</title>" in page
    assert re.findall(r"""(?:src|href)=["'](?!data:)""", page) == [] and "{{" not in page
    assert cli.main(arguments) == 0
    assert f"saved as {out}" in capsys.readouterr().out


def test_the_surest_mistake_comes_first(digits, tmp_path):
    net, (X, y), _ = digits
    report_html(net, X, y, tmp_path / "r.html")
    outputs = net.forward(X)
    predicted = outputs.argmax(axis=1)
    sure = np.where(predicted != y, outputs.max(axis=1), -1)
    first = int(sure.argmax())
    expected = f"a {y[first]}, taken for {predicted[first]} with confidence {sure[first]:.2f}"
    page = (tmp_path / "r.html").read_text("utf-8")
    assert re.search(r'alt="(a .*? with confidence .*?)"', page)[1] == expected


def test_pictures_in_the_page_are_png(digits, tmp_path):
    Image = pytest.importorskip("PIL.Image")
    net, (X, y), _ = digits
    report_html(net, X, y, tmp_path / "r.html")
    urls = re.findall(r'src="data:image/png;base64,([^"]*)"', (tmp_path / "r.html").read_text("utf-8"))
    assert len(urls) > 20
    sizes = {Image.open(io.BytesIO(base64.b64decode(url))).size for url in urls}
    assert (8, 8) in sizes
    for channels, mode in ((1, "L"), (3, "RGB"), (4, "RGBA")):
        pixels = np.random.default_rng(0).integers(0, 256, (5, 9, channels)).astype(np.uint8)
        image = Image.open(io.BytesIO(as_png(pixels)))
        assert image.mode == mode
        assert (np.asarray(image).reshape(pixels.shape) == pixels).all()


def test_one_hot_labels_and_no_history(digits, tmp_path):
    net, (X, y), _ = digits
    bare = fastnet.Network(net.sizes, rng=3)
    found = report_html(bare, X, np.eye(10)[y], tmp_path / "r.html", title="A & B", data="mine")
    page = (tmp_path / "r.html").read_text("utf-8")
    assert "keeps no history" in page and "<title>A &amp; B</title>" in page and "mine · 64-16-10" in page
    assert found.accuracy == bare.evaluate(X, y).accuracy


def test_values_and_two_classes_and_tables(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 4))
    net = fastnet.Network([4, 6, 2], "tanh", "identity", rng=0)
    report_html(net, X, X[:, :2], tmp_path / "values.html")
    page = (tmp_path / "values.html").read_text("utf-8")
    assert sections(page) == ["Fit", "Curves", "Weights", "Predictions", "Neurons"] and "r²" in page
    net = fastnet.Network([4, 6, 1], rng=0)
    y = (X[:, 0] > 0).astype(int)
    found = report_html(net, X, y, tmp_path / "two.html")
    page = (tmp_path / "two.html").read_text("utf-8")
    assert "Mistakes" in sections(page)
    assert f"{round((1 - found.accuracy) * 200)} of 200 wrong" in page


def test_no_mistakes_and_a_single_epoch(tmp_path):
    X = np.eye(3).repeat(20, axis=0)
    y = np.arange(3).repeat(20)
    net = fastnet.Network([3, 3], rng=0)
    net.weights[0][...] = 20 * np.eye(3)
    net.biases[0][...] = -10
    net.fit(X, y, epochs=1, learning_rate=1e-6, progress=False)
    report_html(net, X, y, tmp_path / "r.html")
    assert "every answer is right" in (tmp_path / "r.html").read_text("utf-8")


def test_bad_arguments(digits, tmp_path):
    net, (X, y), _ = digits
    with pytest.raises(TypeError, match="title must be a string"):
        report_html(net, X, y, tmp_path / "r.html", title=1)
    with pytest.raises(TypeError, match="net must be"):
        report_html(1, X, y, tmp_path / "r.html")
    with pytest.raises(ValueError, match="y"):
        report_html(net, X, y[:-1], tmp_path / "r.html")
    assert not (tmp_path / "r.html").exists()


def test_a_browser_shows_it(digits, tmp_path):
    net, (X, y), _ = digits
    report_html(net, X, y, tmp_path / "r.html")
    with browser(390, 900) as driver:
        visit(driver, tmp_path / "r.html")
        assert console(driver) == []
        assert requests(driver) == [(tmp_path / "r.html").as_uri()]
        broken = "return [...document.images].filter((i) => !i.complete || !i.naturalWidth).length"
        assert driver.execute_script(broken) == 0
        assert driver.execute_script("return document.documentElement.scrollWidth <= innerWidth")
