"""The programs of Nielsen's book, for Python 3 and fast: `network`, `network2` and `mnist_loader`.

Change the imports to ``from fastnet.nielsen import network, network2, mnist_loader``, or leave a script
as it is and begin it (or the session that runs it) with ``import fastnet.nielsen;
fastnet.nielsen.install()``.
"""

from __future__ import annotations

import sys
from types import ModuleType

from . import mnist_loader, network, network2
from ._expand import expand_mnist
from .baselines import average_darkness, svm

__all__ = [
    "average_darkness", "expand_mnist", "install", "mnist_loader", "network", "network2", "svm", "uninstall",
]

_MODULES = {"network": network, "network2": network2, "mnist_loader": mnist_loader}
_replaced: dict[str, ModuleType | None] = {}  # what stood under these names before `install`


def install() -> None:
    """Make `import network`, `import network2` and `import mnist_loader` find the modules of this package.

    Modules of these names that were imported before stay with whoever imported them. A second call
    changes nothing.
    """
    for name, module in _MODULES.items():
        if sys.modules.get(name) is not module:
            _replaced[name] = sys.modules.get(name)
            sys.modules[name] = module


def uninstall() -> None:
    """Undo `install`: the three names are what they were before."""
    for name, before in _replaced.items():
        if sys.modules.get(name) is not _MODULES[name]:
            continue  # somebody else has taken the name since
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before
    _replaced.clear()
