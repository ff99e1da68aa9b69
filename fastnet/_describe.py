"""A network in words: the table that `repr` shows."""

from __future__ import annotations

from typing import Any

from fastnet._html import table

__all__ = ["as_html", "as_text"]


def _rows(network: Any) -> list[tuple[str, str, str, str]]:
    sizes = network.sizes
    rows = [("0", f"{sizes[0]:,}", "input", "")]
    for layer, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:], strict=True)):
        parameters = f"{(n_in + 1) * n_out:,}"
        rows.append((str(layer + 1), f"{n_out:,}", network.activations[layer], parameters))
    return rows


_HEAD = ("layer", "neurons", "activation", "parameters")


def _title(network: Any) -> str:
    shape = "-".join(map(str, network.sizes))
    if len(shape) > 60:
        shape = f"{len(network.sizes)} layers"
    title = f"Network {shape}: {network.n_parameters:,} parameters, {network.cost} cost, {network.dtype}"
    return title if network.input_scale == 1 else f"{title}, inputs times {network.input_scale:g}"


def as_text(network: Any) -> str:
    """Return the network as a table of layers in plain text."""
    lines = [_title(network), "  {:>5}  {:>9}  {:<10}  {:>12}".format(*_HEAD)]
    lines += [f"  {a:>5}  {b:>9}  {c:<10}  {d:>12}".rstrip() for a, b, c, d in _rows(network)]
    return "\n".join(lines)


def as_html(network: Any) -> str:
    """Return the network as an HTML table of layers."""
    return table(_HEAD, _rows(network), _title(network))
