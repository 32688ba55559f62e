"""How a report stays short on paper however much was audited."""

import re

from audit.render.brevity import MANY_PANELS, MOST_PANELS, in_a_sentence
from audit.render.document import document
from audit.render.panels import arranged
from audit.render.worst import badness
from audit.values import Verdict
from tests.render import sample

LARGE = sample.many(rules=60, groups=4)
VIEWS = arranged(LARGE, 10)


def test_a_short_report_has_a_figure_for_every_comparison() -> None:
    views = arranged(sample.typical(), 20)
    assert sum(len(view.panels) for view in views) <= MANY_PANELS
    assert in_a_sentence(views) == frozenset()


def test_a_long_report_draws_the_worst_and_says_the_others() -> None:
    panels = [panel for view in VIEWS for panel in view.panels]
    brief = in_a_sentence(VIEWS)
    drawn, said = ([p for p in panels if (p.id in brief) is is_said] for is_said in (False, True))
    assert len(panels) > MOST_PANELS >= len(drawn) > 0
    assert all(panel.lead.verdict is not Verdict.PASS for panel in drawn)
    open_ones = [panel for panel in said if panel.lead.verdict is not Verdict.PASS]
    worst = max(badness(panel.lead) for panel in drawn)
    assert all(badness(panel.lead) >= worst for panel in open_ones)


def test_paper_says_that_it_was_shortened_and_screens_show_all() -> None:
    paper, screen = (document(LARGE, target).html for target in ("pdf", "html"))
    said = "Where paper would grow too long, a comparison stands as a sentence alone"
    assert said in paper
    assert said not in screen
    assert len(re.findall('<p class="brief">', paper)) == len(in_a_sentence(VIEWS))
    assert '<p class="brief">' not in screen
