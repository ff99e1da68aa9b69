"""Write docs/api.md, the reference of everything that is public, from the docstrings.

Run it where fastnet is installed with its extras `plot` and `sklearn`:

    python docs/make_api.py
"""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import Any

MODULES = (
    "fastnet", "fastnet.plot", "fastnet.inspect", "fastnet.datasets", "fastnet.nielsen", "fastnet.sklearn",
)  # fmt: skip
HEAD = """\
# Reference

Written by `docs/make_api.py` from the docstrings; `help()` shows the same. The [guide](guide.md) shows
what it is all for.

```python
import fastnet

(X, y), (X_test, y_test) = fastnet.datasets.load_digits()
net = fastnet.Network([64, 32, 10], rng=0)
history = net.fit(X, y, epochs=5, progress=False)
net.evaluate(X_test, y_test).accuracy > 0.8
# -> True
```
"""


def main() -> None:
    """Write the file."""
    parts = [HEAD]
    for name in MODULES:
        module = importlib.import_module(name)
        parts.append(f"## {name}\n\n{_text(module)}")
        for public in module.__all__:
            thing = getattr(module, public)
            if not public.startswith("__") and not inspect.ismodule(thing):
                parts.append(_entry(f"{name}.{public}", thing))
    path = Path(__file__).resolve().parent / "api.md"
    path.write_text("\n".join(parts), encoding="utf-8", newline="\n")


def _entry(name: str, thing: Any) -> str:
    lines = [f"### {name}\n", _text(thing, _signature(name.rpartition(".")[2], thing))]
    if inspect.isclass(thing):
        for member, value in _members(thing):
            kind = value.fget if isinstance(value, property) else value
            title = member if isinstance(value, property) else _signature(member, kind)
            if inspect.getdoc(kind):
                lines.append(f"#### {name}.{member}\n\n{_text(kind, title)}")
    return "\n".join(lines)


def _members(thing: type) -> list[tuple[str, Any]]:
    """Return the public methods and properties that fastnet itself defines, in the order of the source."""
    found: dict[str, Any] = {}
    for part in reversed(thing.__mro__):
        if part.__module__.startswith("fastnet"):
            found.update(vars(part))
    public = [(name, value) for name, value in found.items() if not name.startswith("_")]
    return [
        (name, getattr(value, "__func__", value)) for name, value in public
        if inspect.isfunction(getattr(value, "__func__", value)) or isinstance(value, property)
    ]  # fmt: skip


def _signature(name: str, thing: Any) -> str:
    try:
        signature = inspect.signature(thing)
    except (TypeError, ValueError):
        return name
    bare = [p.replace(annotation=inspect.Parameter.empty) for p in signature.parameters.values()]
    shown = [p for p in bare if p.name not in ("self", "cls")]
    return f"{name}{inspect.Signature(shown)}"


def _text(thing: Any, title: str = "") -> str:
    doc = (inspect.getdoc(thing) or "").strip()
    body = "\n\n".join(part for part in (title, doc) if part)
    return f"```text\n{body}\n```\n"


if __name__ == "__main__":
    main()
