"""From results to the README's table and a picture.

    pytest bench --benchmark-json=results.json
    python -m bench.report results.json --readme README.md --picture docs/pictures/speed.png

The table stands between the lines <!-- table --> and <!-- /table -->; without --readme it is printed.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from bench import summary
from bench.contenders import CONTENDERS

__all__ = ["main", "replaced", "table"]

BEGIN, END = "<!-- table -->", "<!-- /table -->"


def table(results: dict[str, Any]) -> str:
    """Return the Markdown for pytest-benchmark's results (the JSON as a dict)."""
    found = summary.collect(results["benchmarks"])
    parts = []
    for section, head in (("train", "seconds an epoch"), ("forward", "time a call")):
        if contested := summary.rows(found, section):
            parts.append(_contested(contested, head))
    if own := summary.self_rows(found):
        parts.append(_own(own))
    return "\n\n".join([*parts, _caption(results, found)])


def _contested(rows: list[summary.Row], head: str) -> str:
    keys = [key for key in CONTENDERS if any(key in row.results for row in rows)]
    others = [key for key in keys if key != "fastnet"]
    lines = [
        _line([head, "fastnet", *(CONTENDERS[key].title for key in others), "reach at least", "reached?"]),
        _line(["---"] * (len(others) + 4)),
    ]
    for row in rows:
        ours = row.results.get("fastnet")
        cells = [row.title, summary.readable(ours.seconds) if ours else "-"]
        cells += [_cell(row, key) for key in others]
        lines.append(_line([*cells, row.bar_text, _verdict(row.met)]))
    return "\n".join(lines)


def _cell(row: summary.Row, key: str) -> str:
    result, ratio = row.results.get(key), row.ratio(key)
    if result is None:
        return "-"
    note = f" ({result.info['note']})" if result.info.get("note") else ""
    told = "" if ratio is None else f"<br>**{summary.told_ratio(ratio)}**"
    return summary.readable(result.seconds) + told + note


def _own(rows: list[summary.SelfRow]) -> str:
    lines = [
        _line(["fastnet against itself", "figure", "what it is", "median time", "reach", "reached?"]),
        _line(["---"] * 6),
    ]
    for row in rows:
        info = row.result.info
        lines.append(
            _line(
                [
                    info["title"],
                    f"**{row.figure_text}**",
                    info["meaning"],
                    summary.readable(row.result.seconds),
                    row.bar_text,
                    _verdict(row.met),
                ]
            )
        )
    return "\n".join(lines)


def _verdict(met: bool | None) -> str:
    return "" if met is None else "**yes**" if met else "**no**"


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _caption(results: dict[str, Any], found: list[summary.Result]) -> str:
    about = results["machine_info"].get("fastnet", {})
    versions: dict[str, str] = {}
    for result in found:
        versions.update(result.info.get("versions", {}))
    sources = sorted({result.info["data"] for result in found})
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    text = f"""\
**faster** and **slower** say what fastnet is, beside the contender's own time.
Measured {about.get("date", "at an unknown date")} on {about.get("processor", "an unknown processor")},
{about.get("cores", "?")} cores, {about.get("system", "")}; fastnet's instruction set:
{about.get("instruction_set", "?")}. Python {about.get("python", "?")}, {named}.
Everybody has one thread on one core, where the row does not say two. Medians of {_rounds(results)}.
fastnet's epoch is the whole wall time of `fit` over 30 epochs, divided by 30, with checking, preparing and
shuffling; of the others only their epochs are timed, after one that is not (compiling, converting).
All start from the same weights, and before timing have been shown to arrive at the same ones from the same
mini-batches, up to rounding. Data: {"; ".join(sources)}."""
    if about.get("quick"):
        text = "**A smoke run (--quick): these figures mean nothing.** " + text
    return text


def _rounds(results: dict[str, Any]) -> str:
    counts = sorted(
        {
            bench["stats"]["rounds"]
            for bench in results["benchmarks"]
            if "section" in bench.get("extra_info", {})
        }
    )
    return " or ".join(map(str, counts)) or "no rounds"


def replaced(text: str, new: str) -> str:
    """Return `text` with what stands between the two marks replaced.

    Raises
    ------
    ValueError
        If the marks are not there, once each and in order.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"expected one {BEGIN} and after it one {END}")
    return text[: text.index(BEGIN) + len(BEGIN)] + "\n" + new + "\n" + text[text.index(END) :]


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.report", description="Write the table and the picture."
    )
    parser.add_argument("results", type=Path, help="the file that --benchmark-json wrote")
    parser.add_argument("--readme", type=Path, help="the file whose table is replaced")
    parser.add_argument("--picture", type=Path, help="the picture to draw (needs matplotlib)")
    args = parser.parse_args(argv)
    results = json.loads(args.results.read_text("utf-8"))
    if not summary.collect(results["benchmarks"]):
        print(f"{args.results}: no rows of the benchmarks in it", file=sys.stderr)
        return 1
    text = table(results)
    if args.readme:
        args.readme.write_text(replaced(args.readme.read_text("utf-8"), text), "utf-8")
    else:
        print(text)
    if args.picture:
        from bench.picture import draw

        args.picture.parent.mkdir(parents=True, exist_ok=True)
        draw(results, args.picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
