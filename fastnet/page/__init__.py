"""Pages of HTML about a network, each one file that needs nothing else: one to draw on, and a report.

- `export_html`: a canvas, the network drawn live, its forward pass computed in the page.
- `report_html`: the accuracy, the curves, the weights, the confusion matrix, the mistakes, noise.
"""

from __future__ import annotations

from fastnet.page.export import export_html
from fastnet.page.report import report_html

__all__ = ["export_html", "report_html"]
