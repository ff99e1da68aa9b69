"""One self-contained HTML file out of a template: style and scripts inlined, nothing else allowed."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from fastnet._files import write_atomically
from fastnet._version import __version__

__all__ = ["assemble", "as_json", "write_page"]


def _part(name: str) -> str:
    return (files("fastnet.page") / name).read_text(encoding="utf-8")


def assemble(
    template: str,
    styles: Sequence[str],
    scripts: Sequence[str],
    texts: Mapping[str, str],
    markup: Mapping[str, str],
) -> str:
    """Return a page.

    Parameters
    ----------
    template : str
        A file of this package, with a ``{{name}}`` for everything that is filled in.
    styles, scripts : sequence of str
        Files of this package. The scripts share one scope, which nothing outside of them sees.
    texts, markup : mapping of str to str
        What to fill in: text is escaped, markup is not.

    Returns
    -------
    str
        The document, whose Content-Security-Policy allows its own style and script by their hashes, images
        inside the page, and nothing from anywhere else.
    """
    style = "\n".join(map(_part, styles))
    script = ""
    if scripts:
        script = '(() => {\n"use strict";\n' + "\n".join(map(_part, scripts)) + "\n})();\n"
    policy = "; ".join([
        "default-src 'none'",
        f"style-src '{_hash(style)}'",
        *([f"script-src '{_hash(script)}'"] if script else []),
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ])  # fmt: skip
    filled = {name: html.escape(text) for name, text in texts.items()}
    filled |= {"version": __version__, "policy": policy, "style": style, "script": script, **markup}
    return re.sub(r"\{\{(\w+)\}\}", lambda match: filled[match[1]], _part(template))


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def as_json(value: Any) -> str:
    """Return JSON that can stand in a script element: nothing in it ends the element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def write_page(path: Any, page: str) -> None:
    """Write a page as UTF-8, as a whole or not at all.

    Raises
    ------
    TypeError
        If `path` is not a path.
    OSError
        If it cannot be written.
    """
    try:
        target = os.fsdecode(os.fspath(path))
    except TypeError:
        raise TypeError(f"path must be a string or a path, not {type(path).__name__}") from None
    write_atomically(target, page.encode("utf-8"))
