"""MNIST: found on this machine, or downloaded once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._cache import cache_folder
from ._download import Remote, check, fetch, wants_bar
from .idx import read_idx

_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
_FILES = (
    Remote("train-images-idx3-ubyte.gz", 47_040_016,
           "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    Remote("train-labels-idx1-ubyte.gz", 60_008,
           "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    Remote("t10k-images-idx3-ubyte.gz", 7_840_016,
           "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    Remote("t10k-labels-idx1-ubyte.gz", 10_008,
           "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
)

Part = tuple[NDArray[Any], NDArray[np.int64]]


def load_mnist(path: str | os.PathLike[str] | None = None, *, raw: bool = False, download: bool = True,
               progress: bool | str = "auto") -> tuple[Part, Part]:
    """Load MNIST: 60,000 handwritten digits to train on and 10,000 to test, 28 x 28 pixels.

    It is looked for in `path`; without one, in the folder that the environment variable
    ``FASTNET_DATA`` names, then in the cache, and then it is downloaded into the cache (11 MB) and
    checked by its SHA-256. Downloading needs pooch, and tqdm for a progress bar:
    ``pip install "fastnet[data]"``.

    Parameters
    ----------
    path : str or path-like, optional
        A folder with the four IDX files, gzip-compressed or not, or one that holds such a folder
        by the name of ``mnist``. Any data set in these files does, like Fashion-MNIST. Nothing else
        is tried if they are not there.
    raw : bool, default False
        Give the images as they are stored.
    download : bool, default True
        Download what is not on this machine.
    progress : bool or "auto", default "auto"
        Show a bar while downloading; "auto": if standard error is a terminal.

    Returns
    -------
    (X_train, y_train), (X_test, y_test) : tuple of tuples of ndarray
        X float32 of shape (n, 784), each pixel in [0, 1] (the stored value divided by 255); with
        ``raw=True`` uint8 of shape (n, 28, 28), each pixel in 0..255. y int64 of shape (n,), 0 to 9.

    Raises
    ------
    FileNotFoundError
        The files are not in `path`, or nowhere on this machine and ``download=False``.
    ImportError
        The files have to be downloaded and pooch is not installed.
    ConnectionError
        No mirror delivered them: offline, or what came was truncated or altered.
    ValueError
        A file is damaged, the four do not fit together, or `progress` is none of its values.

    Notes
    -----
    The cache is ``FASTNET_CACHE`` if that is set, else the place that this system has for caches,
    on Linux ``$XDG_CACHE_HOME/fastnet`` or ``~/.cache/fastnet``.

    Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits", licence
    CC BY-SA 3.0.
    """
    bar = wants_bar(progress)
    if path is not None:
        folder = find_folder(Path(path))
        if folder is None:
            raise FileNotFoundError(f"path: no MNIST in {os.fspath(path)!r}: expected there, or in a folder "
                                    f"mnist inside it, {wanted_files()}")
        return read_folder(folder, raw=raw)
    data = os.environ.get("FASTNET_DATA")
    if data and (folder := find_folder(Path(data).expanduser())):
        return read_folder(folder, raw=raw)
    cache = cache_folder() / "mnist"
    why = "MNIST is not on this machine"
    if folder := find_folder(cache):
        try:
            return read_folder(folder, raw=raw)
        except ValueError as error:
            why = f"MNIST in the cache is damaged ({error})"
    if not download:
        raise FileNotFoundError(f"{why}, and download=False. {_by_hand(cache)}")
    _download(cache, why, progress=bar)
    return read_folder(cache, raw=raw)


def find_folder(folder: Path) -> Path | None:
    """Give `folder`, or the ``mnist`` inside it, whichever holds all four files; else None."""
    for candidate in (folder, folder / "mnist"):
        if all(_find_file(candidate, remote.name) for remote in _FILES):
            return candidate
    return None


def read_folder(folder: Path, *, raw: bool) -> tuple[Part, Part]:
    """Read the four files in `folder`, of any image size; errors name the file."""
    train_images, train_labels, test_images, test_labels = (
        _find_file(folder, remote.name) or folder / remote.name for remote in _FILES)
    train = _read_part(train_images, train_labels)
    test = _read_part(test_images, test_labels)
    if train[0].shape[1:] != test[0].shape[1:]:
        raise ValueError(f"{folder}: the images to train on and to test differ in size: "
                         f"{train[0].shape[1:]} and {test[0].shape[1:]}")
    return (train, test) if raw else ((to_unit(train[0]), train[1]), (to_unit(test[0]), test[1]))


def _read_part(images_path: Path, labels_path: Path) -> Part:
    images, labels = read_idx(images_path), read_idx(labels_path)
    if images.dtype != np.uint8 or images.ndim != 3:
        raise ValueError(f"{images_path}: expected uint8 images of shape (n, height, width), "
                         f"found {images.dtype} of shape {images.shape}")
    if labels.dtype.kind not in "ui" or labels.shape != images.shape[:1]:
        raise ValueError(f"{labels_path}: expected whole numbers of shape ({len(images)},), one label an "
                         f"image, found {labels.dtype} of shape {labels.shape}")
    return images, labels.astype(np.int64)


def to_unit(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Turn (n, height, width) pixels 0..255 into (n, height * width) float32 in [0, 1]."""
    pixels = images.reshape(len(images), int(np.prod(images.shape[1:])))
    # np.empty asks for huge pages, the result a ufunc makes for itself does not: four times faster.
    unit = np.empty(pixels.shape, np.float32)
    return np.divide(pixels, np.float32(255), out=unit)


def _find_file(folder: Path, name: str) -> Path | None:
    plain = name.removesuffix(".gz")
    # Some archives of MNIST write a point where the original has a hyphen.
    pointed = plain.replace("-idx", ".idx")
    for candidate in (name, plain, pointed + ".gz", pointed):
        if (folder / candidate).is_file():
            return folder / candidate
    return None


def _download(folder: Path, why: str, *, progress: bool) -> None:
    try:
        import pooch  # noqa: F401
    except ImportError:
        raise ImportError(f"{why}, and downloading it needs pooch: "
                          f'pip install "fastnet[data]". {_by_hand(folder)}') from None
    folder.mkdir(parents=True, exist_ok=True)
    for remote in _FILES:
        if _is_right(folder / remote.name, remote):
            continue
        try:
            fetch(remote, _MIRRORS, folder, progress=progress)
        except ConnectionError as error:
            raise ConnectionError(f"{why} and could not be downloaded ({error}). Try again when online. "
                                  f"{_by_hand(folder)}") from None


def _is_right(path: Path, remote: Remote) -> bool:
    try:
        check(path, remote)
    except (FileNotFoundError, ValueError):
        return False
    return True


def wanted_files() -> str:
    """Name the four files, for messages."""
    return ("the files " + ", ".join(remote.name for remote in _FILES)
            + " (as they are, or uncompressed without .gz)")


def _by_hand(folder: Path) -> str:
    return (f"Or put {wanted_files()} into {folder}, or into any folder and give it as path or in the "
            f"environment variable FASTNET_DATA; they are at {' and '.join(_MIRRORS)}")
