"""Photos and scans of digits: made from real digits, with the faults that cameras have."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

import fastnet
from fastnet import cli

Image = pytest.importorskip("PIL.Image", reason="Pillow is wanted: the extra pictures")

from fastnet._centring import centred  # noqa: E402
from fastnet._ink import _connected, find_ink  # noqa: E402
from fastnet.pictures import read_digit  # noqa: E402

(TRAIN, TEST) = fastnet.datasets.load_digits()
HOW_MANY = 40


@pytest.fixture(scope="module")
def net():
    net = fastnet.Network([64, 40, 10], output="softmax", cost="cross_entropy", rng=0)
    net.fit(*TRAIN, epochs=40, learning_rate=0.003, optimizer="adam", progress=False)
    net.metadata = {"image_shape": [8, 8], "classes": [str(k) for k in range(10)]}
    return net


def written(i, scale=24):
    """Return test digit i, enlarged: ink in [0, 1]."""
    digit = Image.fromarray(np.uint8(TEST[0][i].reshape(8, 8) * 255))
    return np.asarray(digit.resize((8 * scale, 8 * scale), Image.Resampling.BICUBIC)) / 255


def photo(i, rng, *, inverted=False, shade=0.0, grain=0.0, quality=None, shape=(360, 300), scale=18):
    """Return a picture of test digit i somewhere on a sheet."""
    ink = np.zeros(shape)
    digit = written(i, scale)
    border = 12
    y, x = (rng.integers(border, side - n - border + 1) for side, n in zip(shape, digit.shape, strict=True))
    ink[y : y + len(digit), x : x + digit.shape[1]] = digit
    reflected = 0.1 + 0.8 * ink if inverted else 0.9 - 0.75 * ink
    down, across = np.meshgrid(np.linspace(0, 1, shape[0]), np.linspace(0, 1, shape[1]), indexing="ij")
    light = 1 - shade * (0.7 * across + 0.3 * down)
    grey = 255 * reflected * light + rng.normal(0, grain, shape)
    image = Image.fromarray(np.uint8(np.clip(grey, 0, 255)))
    if quality is None:
        return image
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    file.seek(0)
    return Image.open(file)


def alike(digit, expected):
    """Hold an image to another, whose edges may differ by so much that it moves by a pixel."""
    digit, expected = digit.reshape(28, 28), expected.reshape(28, 28)
    moved = [np.roll(digit, (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    assert max(np.corrcoef(image.ravel(), expected.ravel())[0, 1] for image in moved) > 0.97


@pytest.mark.parametrize("faults", [
    {},
    {"inverted": True},
    {"shade": 0.65, "grain": 3},
    {"inverted": True, "shade": 0.35, "grain": 3},
    {"grain": 14, "quality": 30},
    {"shape": (110, 90), "scale": 7, "quality": 60},
    pytest.param({"shape": (1500, 1100), "scale": 40, "shade": 0.4, "grain": 8}, marks=pytest.mark.slow),
], ids=["plain", "inverted", "uneven light", "inverted uneven", "grainy JPEG", "small", "large"])  # fmt: skip
def test_photos_are_read_as_well_as_the_digits_themselves(net, faults):
    rng = np.random.default_rng(1)
    digits = np.stack([read_digit(photo(i, rng, **faults), (8, 8)) for i in range(HOW_MANY)])
    assert digits.dtype == np.float32 and digits.shape == (HOW_MANY, 64)
    assert digits.min() >= 0 and (digits.max(axis=1) == 1).all()
    right = (net.predict(digits) == TEST[1][:HOW_MANY]).mean()
    itself = (net.predict(TEST[0][:HOW_MANY]) == TEST[1][:HOW_MANY]).mean()
    assert itself > 0.9 and right >= itself - 0.1


def test_where_and_how_large_it_stands_does_not_matter():
    rng = np.random.default_rng(2)
    first, other = (read_digit(photo(5, rng, scale=scale)) for scale in (10, 30))
    assert np.corrcoef(first, other)[0, 1] > 0.97


@pytest.mark.parametrize("orientation, turned", [
    (3, Image.Transpose.ROTATE_180), (6, Image.Transpose.ROTATE_90), (8, Image.Transpose.ROTATE_270),
    (2, Image.Transpose.FLIP_LEFT_RIGHT),
])  # fmt: skip
def test_the_cameras_note_of_how_it_was_held_is_obeyed(tmp_path, orientation, turned):
    upright = photo(4, np.random.default_rng(3))
    expected = read_digit(upright)
    exif = Image.Exif()
    exif[0x0112] = orientation
    # stored so that the note's turn brings it upright again
    upright.transpose(turned).save(tmp_path / "turned.png", exif=exif)
    np.testing.assert_allclose(read_digit(tmp_path / "turned.png"), expected, atol=0.15)
    with Image.open(tmp_path / "turned.png") as image:
        np.testing.assert_allclose(read_digit(image), expected, atol=0.15)


def test_it_is_centred_as_mnist_is():
    image = read_digit(photo(2, np.random.default_rng(4))).reshape(28, 28)
    rows, columns = (np.flatnonzero(image.sum(axis=axis)) for axis in (1, 0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    mass = [(image.sum(axis=axis) @ np.arange(28)) / image.sum() for axis in (1, 0)]
    assert np.abs(np.array(mass) - 14).max() <= 0.5
    assert np.unique(image).size > 10  # anti-aliased


def test_centring_keeps_proportions_and_ink():
    ink = np.zeros((50, 40))
    ink[5:35, 10:16] = 1
    image = centred(ink, (28, 28))
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    assert len(rows) == 20 and len(columns) == 4
    assert image.sum() == pytest.approx(20 * 4)
    wide = centred(ink.T, (8, 8))
    assert wide.sum() == pytest.approx(8 * 1.6) and (np.flatnonzero(wide.any(axis=1)) == [3, 4]).all()


def test_a_thin_pen_comes_out_as_wide_as_mnists():
    page = np.full((400, 400), 240, np.uint8)
    page[80:320, 199:202] = 30
    page[199:202, 100:300] = 30
    image = read_digit(page).reshape(28, 28)
    arm = image[14 - 8 : 14 - 4]  # of the cross, away from its middle
    assert 1.5 < arm.sum(axis=1).mean() < 3.5


def test_specks_and_the_edge_of_the_table_are_left_out():
    rng = np.random.default_rng(6)
    clean = photo(1, rng, shape=(300, 300))
    dirty = np.array(clean)
    dirty[:, :25] = 40  # the table
    dirty[5:8, 200:203] = 20
    alike(read_digit(dirty), read_digit(clean))


def test_colours_and_transparency():
    grey = np.asarray(photo(7, np.random.default_rng(7)))
    expected = read_digit(grey)
    np.testing.assert_allclose(read_digit(np.stack([grey] * 3, axis=-1)), expected, atol=0.02)
    ink = 255 - grey
    clear = np.zeros((*grey.shape, 4), np.uint8)
    clear[..., 3] = np.where(ink > 60, ink, 0)
    alike(read_digit(clear), expected)
    sixteen = Image.fromarray(grey.astype(np.uint16) * 200)
    np.testing.assert_allclose(read_digit(sixteen), expected, atol=0.05)


def test_a_picture_of_nothing_but_the_digit(net):
    X, y = TEST[0][:200], TEST[1][:200]
    tiny = np.stack([read_digit(np.uint8(np.pad(x.reshape(8, 8), 2) * 255), (8, 8)) for x in X])
    assert (net.predict(tiny) == y).mean() > (net.predict(X) == y).mean() - 0.08


@pytest.mark.parametrize("seed", range(5))
def test_blank_paper_has_no_ink(seed):
    rng = np.random.default_rng(seed)
    light = np.linspace(0.5, 1, 300)[:, None] * np.linspace(0.8, 1, 200)
    for grain in (0, 6, 15):
        paper = np.clip(220 * light + rng.normal(0, grain, light.shape), 0, 255)
        with pytest.raises(ValueError, match="no ink found"):
            read_digit(np.uint8(paper))
    with pytest.raises(ValueError, match="no ink found"):
        read_digit(np.full((28, 28), 130, np.uint8))


@pytest.mark.parametrize("picture, kind, message", [
    (3, TypeError, "picture must be a file"),
    (np.zeros((9, 9)), ValueError, "uint8"),
    (np.zeros((9, 9, 2), np.uint8), ValueError, "uint8"),
    (np.zeros((2, 9), np.uint8), ValueError, "at least 4 x 4"),
])  # fmt: skip
def test_what_is_no_picture_is_refused(picture, kind, message):
    with pytest.raises(kind, match=message):
        read_digit(picture)


def test_files_that_are_no_pictures(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_digit(tmp_path / "none.png")
    (tmp_path / "text.png").write_text("not a picture")
    with pytest.raises(ValueError, match=r"text\.png is not a picture"):
        read_digit(tmp_path / "text.png")
    photo(1, np.random.default_rng(8)).save(tmp_path / "whole.png")
    (tmp_path / "half.png").write_bytes((tmp_path / "whole.png").read_bytes()[:2000])
    with pytest.raises(ValueError, match=r"half\.png is damaged"):
        read_digit(tmp_path / "half.png")
    Image.new("L", (60, 60), 200).save(tmp_path / "blank.png")
    with pytest.raises(ValueError, match=r"blank\.png: no ink found"):
        read_digit(tmp_path / "blank.png")
    with pytest.raises(TypeError, match="image_shape"):
        read_digit(tmp_path / "whole.png", 28)


def test_the_picture_is_not_changed():
    image = np.asarray(photo(3, np.random.default_rng(9))).copy()
    before = image.copy()
    read_digit(image)
    assert (image == before).all()


def test_connected_parts_against_flooding():
    rng = np.random.default_rng(10)
    for share in (0.2, 0.4, 0.6):
        solid = rng.random((40, 37)) < share
        labels, n = _connected(solid)
        assert ((labels > 0) == solid).all() and set(np.unique(labels[solid])) == set(range(1, n + 1))
        assert n == len(_flooded(solid))
        for part in _flooded(solid):
            assert len({labels[place] for place in part}) == 1


def _flooded(solid):
    left, parts = set(zip(*np.nonzero(solid), strict=True)), []
    while left:
        part, edge = set(), [left.pop()]
        while edge:
            y, x = edge.pop()
            part.add((y, x))
            near = {(y + i, x + j) for i in (-1, 0, 1) for j in (-1, 0, 1)} & left
            left -= near
            edge += near
        parts.append(part)
    return parts


def test_ink_is_soft_at_its_edges():
    ink = find_ink(1 - 0.8 * np.pad(written(0), 60))
    assert ((ink > 0) & (ink < 1)).any() and ink.min() == 0 and ink.max() == 1


def test_the_command(net, tmp_path, capsys):
    net.save(tmp_path / "m.fastnet")
    sure = int(net.forward(TEST[0]).max(axis=1).argmax())
    photo(sure, np.random.default_rng(11), shade=0.3, grain=3).save(tmp_path / "photo.jpg")
    arguments = ["predict", str(tmp_path / "m.fastnet"), str(tmp_path / "photo.jpg")]
    assert cli.main([*arguments, "--json", "--debug", str(tmp_path / "seen.png")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["predictions"] == [str(TEST[1][sure])] and told["n"] == 1
    with Image.open(tmp_path / "seen.png") as looked:
        assert looked.width > looked.height > 300
    assert cli.main(arguments) == 0
    assert capsys.readouterr().out.split("\t")[:2] == ["0", str(TEST[1][sure])]
    assert cli.main([*arguments[:2], str(tmp_path / "none.png")]) == 1
    assert "none.png: no such file" in capsys.readouterr().err
    assert cli.main([*arguments[:2], "digits", "--debug", "x.png"]) == 1
    assert "is no picture" in capsys.readouterr().err


def test_a_network_with_an_input_scale_gets_its_numbers(net, tmp_path, capsys):
    scaled = fastnet.Network(net.sizes, output="softmax", cost="cross_entropy", input_scale=1 / 255, rng=0)
    for layer in range(2):
        scaled.weights[layer][...] = net.weights[layer]
        scaled.biases[layer][...] = net.biases[layer]
    photo(0, np.random.default_rng(11)).save(tmp_path / "photo.png")
    outputs = []
    for model in (net, scaled):
        model.save(tmp_path / "m.fastnet")
        files = [str(tmp_path / "m.fastnet"), str(tmp_path / "photo.png")]
        assert cli.main(["predict", *files, "--json", "--outputs"]) == 0
        outputs.append(json.loads(capsys.readouterr().out)["outputs"])
    np.testing.assert_allclose(*outputs, atol=1e-5)
