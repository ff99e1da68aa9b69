"""`load_any`: names, folders, .npz and .csv files, and what is wrong with them in words."""

from __future__ import annotations

import dataclasses
import gzip
import re
import zipfile

import numpy as np
import pytest
from test_datasets_mnist import write_mnist

from fastnet.datasets import Dataset, load_any, load_digits, load_mnist, write_idx

TABLE = "length,width,kind\n1,2.5,oak\n3,-4e2,elm\n\n5,6,oak\n"


@pytest.fixture
def csv_file(tmp_path):
    def write(text, name="table.csv", encoding="utf-8"):
        path = tmp_path / name
        content = text.encode(encoding)
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return write


@pytest.fixture
def npz_file(tmp_path):
    def write(**arrays):
        np.savez(tmp_path / "data.npz", **arrays)
        return tmp_path / "data.npz"

    return write


# --- Names and folders --------------------------------------------------------------------------------


def test_digits():
    data = load_any("digits")
    (X, y), (X_test, y_test) = load_digits()
    assert np.array_equal(data.X_train, X) and np.array_equal(data.y_train, y)
    assert np.array_equal(data.X_test, X_test) and np.array_equal(data.y_test, y_test)
    assert data.name == "digits" and data.classes == tuple("0123456789") and data.image_shape == (8, 8)
    assert data.feature_names is None
    assert "digits" in repr(data) and "1,437" in repr(data) and "10 classes" in repr(data)


def test_dataset_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        load_any("digits").name = "other"


def test_mnist_and_a_folder_of_idx_files(tmp_path, monkeypatch):
    write_mnist(tmp_path / "mnist", shape=(4, 3))
    (X, y), (X_test, y_test) = load_mnist(tmp_path)
    monkeypatch.setenv("FASTNET_DATA", str(tmp_path))
    for spec, name in (("mnist", "mnist"), (str(tmp_path), tmp_path.name), (tmp_path / "mnist", "mnist")):
        data = load_any(spec)
        assert np.array_equal(data.X_train, X) and np.array_equal(data.X_test, X_test)
        assert np.array_equal(data.y_train, y) and np.array_equal(data.y_test, y_test)
        assert data.image_shape == (4, 3) and data.name == name
        assert data.classes == tuple(str(i) for i in range(max(y.max(), y_test.max()) + 1))


def test_folder_without_idx_files_or_images(tmp_path):
    with pytest.raises(FileNotFoundError, match="train-images-idx3-ubyte"):
        load_any(tmp_path)
    write_mnist(tmp_path)
    write_idx(tmp_path / "train-images-idx3-ubyte.gz", np.zeros((0, 4, 3), "u1"))
    write_idx(tmp_path / "train-labels-idx1-ubyte.gz", np.zeros(0, "u1"))
    with pytest.raises(ValueError, match="no samples"):
        load_any(tmp_path)


def test_neither_name_nor_path(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing.*digits, mnist, a folder of IDX files"):
        load_any(tmp_path / "nothing")
    with pytest.raises(FileNotFoundError):
        load_any(tmp_path / "nothing.csv")
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    with pytest.raises(ValueError, match=r"a\.png: unknown kind of file; expected digits"):
        load_any(tmp_path / "a.png")


def test_arguments_are_checked(npz_file):
    with pytest.raises(ValueError, match="target: got 'labels', expected one of auto, classes, values"):
        load_any("digits", target="labels")
    with pytest.raises(ValueError, match=r"label: only a \.csv .*'y'"):
        load_any("digits", label="y")
    with pytest.raises(ValueError, match=r"label: only a \.csv"):
        load_any(npz_file(X=np.zeros((2, 2)), y=[0, 1]), label="y")


# --- .csv ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["table.csv", "table.csv.gz", "TABLE.CSV"])
def test_csv_with_text_labels(csv_file, name):
    data = load_any(csv_file(TABLE, name), label="kind")
    assert isinstance(data, Dataset) and data.name == name
    assert data.X_train.dtype == np.float32 and data.X_train.tolist() == [[1, 2.5], [3, -400], [5, 6]]
    assert data.y_train.dtype == np.int64 and data.y_train.tolist() == [1, 0, 1]
    assert data.classes == ("elm", "oak") and data.feature_names == ("length", "width")
    assert data.X_test is None and data.y_test is None and data.image_shape is None


@pytest.mark.parametrize("text", [TABLE.replace(",", ";"), TABLE.replace(",", "\t"),
                                  TABLE.replace("\n", "\r\n"), "\ufeff" + TABLE, TABLE.replace(",", " , "),
                                  TABLE.rstrip("\n"),
                                  TABLE.replace("oak", '"oak"').replace("width", '"width"')])
def test_csv_as_other_programs_write_it(csv_file, text):
    data = load_any(csv_file(text), label="kind")
    assert data.X_train.tolist() == [[1, 2.5], [3, -400], [5, 6]] and data.classes == ("elm", "oak")
    assert data.feature_names == ("length", "width")


@pytest.mark.parametrize("column", ["label", "Target", "class", "y"])
def test_csv_usual_names_of_the_label(csv_file, column):
    data = load_any(csv_file(f"{column},a\n1,2\n0,3\n"))
    assert data.feature_names == ("a",) and data.y_train.tolist() == [1, 0]


@pytest.mark.parametrize("labels, classes, y", [
    (["10", "9", "10"], ("9", "10"), [1, 0, 1]),
    (["3.0", "1.000e0", "3"], ("1", "3"), [1, 0, 1]),
    (["-1", "1", "-1"], ("-1", "1"), [0, 1, 0]),
    (["1", "b", "1"], ("1", "b"), [0, 1, 0]),
    (["NA", "b", "NA"], ("NA", "b"), [0, 1, 0]),
    (["0.5", "1", "2"], None, [0.5, 1, 2]),
])
def test_csv_labels(csv_file, labels, classes, y):
    data = load_any(csv_file("a,y\n" + "".join(f"1,{label}\n" for label in labels)))
    assert data.classes == classes and data.y_train.tolist() == y
    assert data.y_train.dtype == (np.float64 if classes is None else np.int64)


def test_whole_numbers_are_classes_or_values_as_asked(csv_file):
    few, many = ("a,y\n" + "".join(f"0,{i}\n" for i in range(n)) for n in (256, 257))
    assert len(load_any(csv_file(few)).classes) == 256
    assert load_any(csv_file(many)).classes is None
    assert load_any(csv_file(few), target="values").y_train.tolist() == list(range(256))
    assert len(load_any(csv_file(many), target="classes").classes) == 257
    with pytest.raises(ValueError, match="cannot be classes.*0.5"):
        load_any(csv_file("a,y\n1,0.5\n"), target="classes")
    with pytest.raises(ValueError, match="target='values' wants numbers.*'oak'"):
        load_any(csv_file(TABLE), label="kind", target="values")


def test_classes_of_an_existing_network(csv_file):
    known = ("ash", "oak", "elm")
    data = load_any(csv_file(TABLE), label="kind", classes=known)
    assert data.classes == known and data.y_train.tolist() == [1, 2, 1]
    with pytest.raises(ValueError, match="unknown class 'elm', expected one of oak, ash"):
        load_any(csv_file(TABLE), label="kind", classes=("oak", "ash"))
    digits = load_any(csv_file("a,y\n1,7\n1,3\n"), classes=tuple("0123456789"))
    assert digits.y_train.tolist() == [7, 3]


def test_csv_without_labels(csv_file):
    for text, label in (("a,b\n1,2\n", None), ("a,b,y\n1,2,\n", None), ("a,kind,b\n1,,2\n", "kind"),
                        ("a,b\n1,2\n", "kind")):
        data = load_any(csv_file(text), label=label, labelled=False)
        assert data.X_train.tolist() == [[1, 2]] and data.feature_names == ("a", "b")
        assert data.y_train is None and data.classes is None


@pytest.mark.parametrize("text, message", [
    ("a,y\n1,0\n,1\n", "line 3: column 'a': missing value"),
    ("a,y\n1,0\n\nNA,1\n", "line 4: column 'a': missing value"),
    ("a,y\n1,0\nnan,1\n", "line 3: column 'a': nan is missing, infinite"),
    ("a,y\n1,0\n\n-inf,1\n", "line 4: column 'a': -inf is"),
    ("a,y\n1e39,0\n", "line 2: column 'a': 1e[+]39 .* too large"),
    ("a,b,y\n1,2,0\n1,0\n", "line 3: 2 columns, expected 3"),
    ("a,b,y\n1,2,0\n1,2,0,5\n", "line 3: 4 columns, expected 3"),
    ("a,b,y\n1,red,0\n", "line 2: column 'b': 'red' is not a number"),
    ("a,y\n1,0\n2,\n", "line 3: column 'y': missing label"),
    ("a,y\n1,0.5\n2,NA\n", "line 3: column 'y': 'NA' among numbers"),
    ("a,y\n1,0.5\n2,inf\n", "line 3: column 'y': 'inf' among numbers"),
    ("", "line 1: expected the names"),
    ("\n1,2\n", "line 1: expected the names"),
    ("a,y\n", "no rows"),
    ("y\n1\n", "no columns besides the label 'y'"),
    (",a,y\n0,1,2\n", "line 1: column 1 has no name"),
    ("a,a,y\n0,1,2\n", "line 1: two columns are called 'a'"),
])
def test_csv_faults_name_file_and_line(csv_file, text, message):
    path = csv_file(text)
    with pytest.raises(ValueError, match=f"{re.escape(str(path))}.*{message}"):
        load_any(path)


def test_csv_label_that_is_not_there(csv_file):
    path = csv_file(TABLE)
    with pytest.raises(ValueError, match="label: no column 'species' in .*length, width, kind"):
        load_any(path, label="species")
    with pytest.raises(ValueError, match="label: name the column .*length, width, kind"):
        load_any(path)
    with pytest.raises(ValueError, match="label: name the column"):
        load_any(csv_file("y,label,a\n0,1,2\n"))


def test_csv_that_is_no_text(csv_file, tmp_path):
    with pytest.raises(ValueError, match="not UTF-8"):
        load_any(csv_file("häuser,y\n1,0\n", encoding="latin-1"))
    path = csv_file("a,y\n" + "1,0\n" * 1000, "cut.csv.gz")
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(ValueError, match=r"cut\.csv\.gz: truncated"):
        load_any(path)
    with pytest.raises(ValueError, match="field larger than field limit"):
        load_any(csv_file("a,y\n" + "1" * 200_000 + ",0\n"))


# --- .npz ---------------------------------------------------------------------------------------------


def test_npz_x_and_y(npz_file):
    X = np.random.default_rng(0).normal(size=(6, 3))
    data = load_any(npz_file(X=X, y=[0, 2, 1, 2, 0, 0], other=1))
    assert np.array_equal(data.X_train, X.astype("f4")) and data.X_train.dtype == np.float32
    assert data.y_train.tolist() == [0, 2, 1, 2, 0, 0] and data.y_train.dtype == np.int64
    assert data.classes == ("0", "1", "2") and data.X_test is None and data.y_test is None
    assert data.image_shape is None and data.name == "data.npz"


@pytest.mark.parametrize("names", [("X_train", "y_train", "X_test", "y_test"),
                                   ("x_train", "y_train", "x_test", "y_test"),
                                   ("X", "y", "X_test", "y_test")])
def test_npz_with_a_test_set_of_images(npz_file, names):
    rng = np.random.default_rng(0)
    X, X_test = rng.integers(0, 256, (4, 5, 3), "u1"), rng.integers(0, 256, (2, 5, 3), "u1")
    data = load_any(npz_file(**dict(zip(names, (X, np.arange(4), X_test, np.array([5, 1])), strict=True))))
    assert data.image_shape == (5, 3) and data.classes == tuple("012345")
    assert np.array_equal(data.X_train, X.reshape(4, 15) / np.float32(255))
    assert np.array_equal(data.X_test, X_test.reshape(2, 15) / np.float32(255))
    assert data.y_train.tolist() == [0, 1, 2, 3] and data.y_test.tolist() == [5, 1]


@pytest.mark.parametrize("y, classes, expected", [
    (np.array(["b", "a", "b"]), ("a", "b"), [1, 0, 1]),
    (np.array([b"b", b"a", b"b"]), ("a", "b"), [1, 0, 1]),
    (np.array([True, False, True]), ("0", "1"), [1, 0, 1]),
    (np.array([[1], [3], [1]]), ("0", "1", "2", "3"), [1, 3, 1]),
    (np.array([-1, 1, 1]), ("-1", "1"), [0, 1, 1]),
    (np.array([10**12, 3, 3]), ("3", "1000000000000"), [1, 0, 0]),
    (np.array([2.0, 0.0, 1.0]), ("0", "1", "2"), [2, 0, 1]),
    (np.eye(3)[[2, 0, 2]], ("0", "1", "2"), [2, 0, 2]),
    (np.array([1e300, 0, 0]), None, [1e300, 0, 0]),
    (np.array([0.5, -1, 2], "f4"), None, [0.5, -1, 2]),
    (np.array([[1, 1], [0, 1], [0, 0]]), None, [[1, 1], [0, 1], [0, 0]]),
])
def test_npz_labels(npz_file, y, classes, expected):
    data = load_any(npz_file(X=np.zeros((3, 2)), y=y))
    assert data.classes == classes and data.y_train.tolist() == expected


def test_npz_without_labels(npz_file):
    data = load_any(npz_file(X=np.zeros((3, 2)), X_test=np.ones((1, 2))), labelled=False)
    assert data.y_train is None and data.y_test is None and data.X_test.tolist() == [[1, 1]]


X = np.zeros((3, 2))
y = np.zeros(3, int)


@pytest.mark.parametrize("arrays, message", [
    (dict(y=y), "expected the arrays X and y.*found y"),
    (dict(a=X), "found none"),
    (dict(X=X, X_train=X, y=y), "expected the arrays"),
    (dict(X=X), "array y is missing"),
    (dict(X_train=X, y=y), "array y_train is missing"),
    (dict(X=X, y=y, X_test=X), "array y_test is missing"),
    (dict(X=X, x=X, y=y), "two arrays are called x"),
    (dict(X=X, y=y[:2]), r"y has the shape \(2,\), expected 3 labels"),
    (dict(X=X, y=np.zeros((3, 2, 2))), r"labels of shape \(3, 2, 2\)"),
    (dict(X=X, y=0), r"y has the shape \(\), expected 3"),
    (dict(X=X[0], y=y[:2]), r"X has the shape \(2,\), expected \(n, n_features\)"),
    (dict(X=X[:0], y=y[:0]), r"X has the shape \(0, 2\)"),
    (dict(X=X.astype(complex), y=y), "X has the type complex128, expected numbers"),
    (dict(X=X.astype(str), y=y), "X has the type .*, expected numbers"),
    (dict(X=X, y=y.astype(complex)), "labels of type complex128"),
    (dict(X=np.array([[0, 0], [0, np.nan], [0, 0]]), y=y), r"X\[1\] holds NaN, infinity"),
    (dict(X=np.array([[0, 0], [0, 0], [0, 1e39]]), y=y), r"X\[2\] holds NaN, infinity or a number too large"),
    (dict(X=X, y=np.array([0, np.nan, 1])), "label 1 is not finite"),
    (dict(X=X, y=y, X_test=X[:, :1], y_test=y), "X_test has 1 features, expected 2 like X"),
    (dict(X=X, y=y, X_test=X, y_test=y.astype(str)), "differ in kind"),
])
def test_npz_faults(npz_file, arrays, message):
    with pytest.raises(ValueError, match=rf"data\.npz.*{message}"):
        load_any(npz_file(**arrays))


def test_npz_never_unpickles(tmp_path, npz_file):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "exploded"), "w"))

    path = npz_file(X=X, y=np.array([Bomb(), 1, 2], object))
    with pytest.raises(ValueError, match=r"data\.npz: cannot be read: .*allow_pickle"):
        load_any(path)
    assert not (tmp_path / "exploded").exists()


def test_npz_that_is_none(tmp_path, npz_file):
    whole = npz_file(X=np.random.default_rng(0).normal(size=(30, 4)), y=np.zeros(30, int)).read_bytes()
    path = tmp_path / "bad.npz"
    for content in (b"", b"rubbish", whole[:-30], whole[:200], whole[:300] + b"\xff" * 20 + whole[320:]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"bad\.npz: (not an \.npz file|cannot be read)"):
            load_any(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("X", "no array")
        archive.writestr("y", "no array")
    with pytest.raises(ValueError, match=r"bad\.npz: X is not an array|bad\.npz: x is not an array"):
        load_any(path)
