"""Where downloaded data are kept."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """Give the folder for downloaded data: ``FASTNET_CACHE``, or this system's place for caches.

    Linux and others: ``$XDG_CACHE_HOME/fastnet``, else ``~/.cache/fastnet``. macOS:
    ``~/Library/Caches/fastnet``. Windows: ``%LOCALAPPDATA%\\fastnet\\Cache``. The folder may not exist yet.
    """
    if own := os.environ.get("FASTNET_CACHE"):
        return Path(own).expanduser()
    home = Path(os.path.expanduser("~"))
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else home / "AppData" / "Local") / "fastnet" / "Cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "fastnet"
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG base directory specification: a path that is not absolute has to be ignored.
    return (Path(xdg) if os.path.isabs(xdg) else home / ".cache") / "fastnet"
