"""From pytest-benchmark's results to rows: times, ratios, and whether the bars were reached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bench.contenders import CONTENDERS

__all__ = ["Result", "Row", "SelfRow", "as_text", "collect", "missed", "readable", "rows", "self_rows"]


@dataclass(frozen=True)
class Result:
    """One contender at one row: the median in seconds, and what the benchmark noted about it."""

    seconds: float
    info: dict[str, Any]

    @property
    def row(self) -> str:
        """The row's key."""
        return str(self.info["row"])

    @property
    def contender(self) -> str:
        """The contender's key."""
        return str(self.info["contender"])


@dataclass(frozen=True)
class Row:
    """A row with contenders, by their keys, fastnet among them."""

    title: str
    unit: str
    results: dict[str, Result]
    bar: dict[str, Any] | None

    def ratio(self, contender: str) -> float | None:
        """Return how many times as fast as `contender` fastnet is; None where one of them is missing."""
        if contender not in self.results or "fastnet" not in self.results:
            return None
        return self.results[contender].seconds / self.results["fastnet"].seconds

    @property
    def met(self) -> bool | None:
        """Whether the bar was reached; None without a bar, or without whom it is about."""
        ratio = None if self.bar is None else self.ratio(self.bar["peer"])
        return None if ratio is None else ratio >= self.bar["at_least"]

    @property
    def bar_text(self) -> str:
        """The bar in words."""
        return "" if self.bar is None else f"{self.bar['at_least']:g}x {CONTENDERS[self.bar['peer']].title}"


@dataclass(frozen=True)
class SelfRow:
    """A row where fastnet meets itself."""

    result: Result

    @property
    def met(self) -> bool:
        """Whether the bar was reached, judged by the figure as it is printed, to two decimals."""
        side, bar = self.result.info["self_bar"]
        figure = round(self.result.info["figure"], 2)
        return bool(figure >= bar if side == "at least" else figure <= bar)

    @property
    def bar_text(self) -> str:
        """The bar in words."""
        side, bar = self.result.info["self_bar"]
        return f"{side} {bar:g} {self.result.info['unit']}".replace(" x", "x")

    @property
    def figure_text(self) -> str:
        """The figure and its meaning in words."""
        info = self.result.info
        return f"{info['figure']:.2f} {info['unit']}".replace(" x", "x")


def collect(benchmarks: Iterable[dict[str, Any]]) -> list[Result]:
    """Return the results among pytest-benchmark's `benchmarks` that are rows of ours."""
    return [
        Result(bench["stats"]["median"], bench["extra_info"])
        for bench in benchmarks
        if "section" in bench.get("extra_info", {}) and bench.get("stats")
    ]


def rows(results: Iterable[Result], section: str) -> list[Row]:
    """Return the rows of "train" or "forward" in the order of the results."""
    found: dict[str, list[Result]] = {}
    for result in results:
        if result.info["section"] == section:
            found.setdefault(result.row, []).append(result)
    return [
        Row(
            group[0].info["title"],
            group[0].info["unit"],
            {result.contender: result for result in group},
            group[0].info["bar"],
        )
        for group in found.values()
    ]


def self_rows(results: Iterable[Result]) -> list[SelfRow]:
    """Return the rows where fastnet meets itself."""
    return [SelfRow(result) for result in results if result.info["section"] == "self"]


def missed(results: list[Result]) -> list[str]:
    """Return the titles of the rows whose bar was not reached."""
    contested = [row for section in ("train", "forward") for row in rows(results, section)]
    return [row.title for row in contested if row.met is False] + [
        row.result.info["title"] for row in self_rows(results) if not row.met
    ]


def readable(seconds: float) -> str:
    """Return a time with three significant digits and its unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size or unit == "us":
            value = seconds / size
            return f"{value:.{max(0, 2 - len(str(int(value))) + 1)}f} {unit}"
    raise AssertionError


def verdict(met: bool | None) -> str:
    """Return the bar's fate in a word."""
    return "" if met is None else "reached" if met else "MISSED"


def as_text(results: list[Result]) -> list[str]:
    """Return plain lines for the terminal."""
    lines: list[str] = []
    for section in ("train", "forward"):
        for row in rows(results, section):
            bar = f"   reach {row.bar_text}: {verdict(row.met) or 'not measured'}" if row.bar else ""
            lines.append(f"{row.title}{bar}")
            for key, result in row.results.items():
                ratio = row.ratio(key)
                told = "" if ratio is None or key == "fastnet" else f"   fastnet is {told_ratio(ratio)}"
                note = f"   ({result.info['note']})" if result.info.get("note") else ""
                lines.append(f"    {result.info['name']:14} {readable(result.seconds):>9}{told}{note}")
    own = self_rows(results)
    if own:
        lines.append("fastnet against itself")
    for row in own:
        info = row.result.info
        lines.append(
            f"    {info['title']}: {row.figure_text} ({info['meaning']}); {row.bar_text}: {verdict(row.met)}"
        )
    sources = sorted({result.info["data"] for result in results})
    return [*lines, "data: " + "; ".join(sources)] if lines else []


def told_ratio(ratio: float) -> str:
    """Return a ratio in words: losses are as plain as wins."""
    return f"{ratio:.3g}x faster" if ratio >= 1 else f"{1 / ratio:.3g}x slower"
