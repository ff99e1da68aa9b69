"""Tables for notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["table"]


def table(
    head: Sequence[object], rows: Iterable[Sequence[object]], caption: str = "", *, row_heads: bool = False
) -> str:
    """Return an HTML table.

    Parameters
    ----------
    head : sequence
        The columns' heads.
    rows : iterable of sequences
        The cells, shown as `str` shows them.
    caption : str
    row_heads : bool
        Whether the first cell of a row is its head.

    Returns
    -------
    str
        One table element; every text is escaped.
    """
    head_row = f"<tr>{''.join(_cell('th', cell) for cell in head)}</tr>"
    body = []
    for row in rows:
        cells = [_cell("th" if row_heads and column == 0 else "td", cell) for column, cell in enumerate(row)]
        body.append(f"<tr>{''.join(cells)}</tr>")
    title = _cell("caption", caption) if caption else ""
    return f"<table>{title}<thead>{head_row}</thead><tbody>{''.join(body)}</tbody></table>"


def _cell(kind: str, content: object) -> str:
    from html import escape  # here: it would be a part of the time that `import fastnet` takes

    return f"<{kind}>{escape(str(content))}</{kind}>"
