"""Downloading MNIST, from web servers on loopback that deliver, fail and lie."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import logging
import socket
import sys
import threading

import numpy as np
import pytest
from test_datasets_mnist import NAMES, write_mnist

from fastnet.datasets import _download, load_mnist, mnist

pytest.importorskip("pooch", reason="pooch is not installed: the extra fastnet[data]")


class Mirror:
    """A web server on loopback. `answers[name]` replaces the file: bytes, a status, or "cut"."""

    def __init__(self, folder):
        self.files = {path.name: path.read_bytes() for path in folder.iterdir()}
        self.answers = {}
        self.asked = []
        mirror = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.rpartition("/")[2]
                mirror.asked.append(name)
                answer = mirror.answers.get(name, mirror.files.get(name, 404))
                if isinstance(answer, int):
                    self.send_error(answer)
                    return
                body = mirror.files[name] if answer == "cut" else answer
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: len(body) // 2] if answer == "cut" else body)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/mnist/"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def original(tmp_path, monkeypatch):
    """A small MNIST that fastnet takes for the real one, an empty cache, and no FASTNET_DATA."""
    folder = tmp_path / "original"
    write_mnist(folder)
    remotes = []
    for name in NAMES:
        content = gzip.decompress((folder / name).read_bytes())
        remotes.append(_download.Remote(name, len(content), hashlib.sha256(content).hexdigest()))
    monkeypatch.setattr(mnist, "_FILES", tuple(remotes))
    monkeypatch.setenv("FASTNET_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("FASTNET_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return folder


@pytest.fixture
def mirrors(original, monkeypatch):
    servers = [Mirror(original), Mirror(original)]
    monkeypatch.setattr(mnist, "_MIRRORS", tuple(server.address for server in servers))
    yield servers
    for server in servers:
        server.close()


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache" / "mnist"


def in_cache(cache):
    return sorted(path.name for path in cache.iterdir()) if cache.exists() else []


def assert_loads(original, **options):
    for part, expected in zip(load_mnist(**options), load_mnist(original), strict=True):
        assert np.array_equal(part[0], expected[0]) and np.array_equal(part[1], expected[1])


def test_good_download_is_kept(original, mirrors, cache, capfd, caplog):
    caplog.set_level(logging.DEBUG, "pooch")
    assert_loads(original)
    assert mirrors[0].asked == NAMES and mirrors[1].asked == []
    assert in_cache(cache) == sorted(NAMES)
    assert_loads(original, download=False)
    assert mirrors[0].asked == NAMES  # nothing was asked for twice
    assert capfd.readouterr() == ("", "") and not caplog.records


def test_progress_bar(original, mirrors, capfd):
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    assert_loads(original, progress=True)
    out, err = capfd.readouterr()
    assert out == "" and "100%" in err


def test_progress_without_tqdm(original, mirrors, monkeypatch, capfd):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert_loads(original, progress=True)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("fault", ["cut", "shorter", "corrupted", "other digits", "longer", "bomb", "page",
                                   404, 500])
def test_second_mirror_when_the_first_is_bad(original, mirrors, cache, fault):
    name = NAMES[2]
    good = mirrors[0].files[name]
    content = gzip.decompress(good)
    mirrors[0].answers[name] = {
        "shorter": good[: len(good) // 2],
        "corrupted": good[:40] + bytes([good[40] ^ 255]) + good[41:],
        "other digits": gzip.compress(content[:-1] + bytes([content[-1] ^ 1])),
        "longer": gzip.compress(content + b"1"),
        "bomb": gzip.compress(content + bytes(1 << 24)),
        "page": b"<html>Please accept our terms</html>",
    }.get(fault, fault)
    assert_loads(original)
    assert mirrors[0].asked == NAMES and mirrors[1].asked == [name]
    assert in_cache(cache) == sorted(NAMES)


def test_first_mirror_down(original, mirrors, monkeypatch, cache):
    monkeypatch.setattr(mnist, "_MIRRORS", (closed_address(), mirrors[1].address))
    assert_loads(original)
    assert in_cache(cache) == sorted(NAMES)


def test_another_compression_of_the_same_file_is_as_good(original, mirrors):
    for name, content in mirrors[0].files.items():
        mirrors[0].answers[name] = gzip.compress(gzip.decompress(content), compresslevel=1, mtime=1)
    assert_loads(original)
    assert mirrors[1].asked == []


def test_all_bad_leaves_no_bad_file(original, mirrors, cache):
    for server in mirrors:
        server.answers[NAMES[1]] = "cut"
    with pytest.raises(ConnectionError) as caught:
        load_mnist()
    message = str(caught.value)
    for expected in (*NAMES, mirrors[0].address, mirrors[1].address, str(cache), "FASTNET_DATA"):
        assert expected in message
    assert "\n" not in message
    assert in_cache(cache) == [NAMES[0]]
    for server in mirrors:
        server.answers.clear()
        server.asked.clear()
    assert_loads(original)  # goes on where it stopped
    assert mirrors[0].asked == NAMES[1:]


@pytest.mark.parametrize("change, message", [
    (lambda content: content[:-1], "13 bytes expected once uncompressed, got 12"),
    (lambda content: content + b"1", "13 bytes expected once uncompressed, got more"),
    (lambda content: content[:-1] + b"x", "SHA-256 once uncompressed is .*, expected"),
])
def test_message_says_what_was_wrong(original, mirrors, change, message):
    name = NAMES[3]  # five labels behind a header of eight bytes
    for server in mirrors:
        server.answers[name] = gzip.compress(change(gzip.decompress(server.files[name])))
    with pytest.raises(ConnectionError, match=message):
        load_mnist()


def test_offline(original, monkeypatch, cache):
    monkeypatch.setattr(mnist, "_MIRRORS", (closed_address(), closed_address()))
    with pytest.raises(ConnectionError, match="could not be downloaded.*when online.*path"):
        load_mnist()
    assert in_cache(cache) == []


def test_interrupted_download_leaves_no_bad_file(original, mirrors, monkeypatch, cache):
    import pooch

    def interrupted(self, url, output_file, pooch):
        output_file.write(b"half a file")
        raise KeyboardInterrupt

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        load_mnist()
    assert in_cache(cache) == []


def test_without_pooch(original, mirrors, monkeypatch, cache):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ImportError) as caught:
        load_mnist()
    for expected in ("fastnet[data]", *NAMES, str(cache), "FASTNET_DATA", mirrors[0].address):
        assert expected in str(caught.value)
    assert mirrors[0].asked == []
    write_mnist(cache)
    assert len(load_mnist()[0][1]) == 7  # pooch is needed only to download


def test_download_false_asks_nobody(original, mirrors):
    with pytest.raises(FileNotFoundError):
        load_mnist(download=False)
    assert mirrors[0].asked == []


def test_damaged_cache_is_mended(original, mirrors, cache):
    assert_loads(original)
    mirrors[0].asked.clear()
    (cache / NAMES[0]).write_bytes((cache / NAMES[0]).read_bytes()[:-9])
    assert_loads(original)
    assert mirrors[0].asked == [NAMES[0]]


def test_cache_that_cannot_be_made(original, mirrors, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FASTNET_CACHE", str(tmp_path / "file"))
    with pytest.raises(OSError, match="file"):
        load_mnist()


def closed_address():
    """An address on loopback where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/mnist/"
