"""What a long report says on paper in a sentence instead of a figure and a table, so that no audit fills a cupboard."""

from __future__ import annotations

from collections.abc import Sequence

from audit.render.panels import Panel, RuleView
from audit.render.strata import warned_of
from audit.render.worst import badness
from audit.values import Verdict

#: With more panels than this, those that pass are a sentence each.
MANY_PANELS = 10
#: At most so many panels are drawn, the worst of them.
MOST_PANELS = 40


def in_a_sentence(views: Sequence[RuleView]) -> frozenset[str]:
    """The ids of the panels that are a sentence each. A pass that comes with a warning is drawn."""
    panels = [panel for view in views for panel in view.panels]
    if len(panels) <= MANY_PANELS:
        return frozenset()
    worst = sorted(filter(_is_urgent, panels), key=lambda panel: badness(panel.lead))
    drawn = {panel.id for panel in worst[:MOST_PANELS]}
    return frozenset(panel.id for panel in panels if panel.id not in drawn)


def _is_urgent(panel: Panel) -> bool:
    return panel.verdict is not Verdict.PASS or bool(warned_of(panel))
