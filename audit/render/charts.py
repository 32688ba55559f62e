"""Which chart a panel gets."""

from __future__ import annotations

from audit.render.forest import forest
from audit.render.matrix import fits, matrix
from audit.render.panels import Panel
from audit.render.shapes import Chart
from audit.render.strips import key, strip

__all__ = ["figure", "key", "strip"]


def figure(panel: Panel) -> Chart:
    """A matrix for two attributes together where there is room for it, else a forest plot."""
    return matrix(panel) if fits(panel) else forest(panel)
