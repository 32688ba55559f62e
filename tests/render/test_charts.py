"""Charts: shapes that stay on their page and never contradict the verdict."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.render.charts import figure, key, strip
from audit.render.intervals import axis_for, bar, drawn
from audit.render.labels import fitted, two_lines, width
from audit.render.panels import Panel, arranged
from audit.render.scales import Scale, linear_axis, px, ratio_axis, share_axis, steps, ticks
from audit.render.shapes import Area, Chart, Fill, Mark, Sign, Stroke, Text
from audit.result import Bounds
from audit.values import Interval, Verdict
from tests.render import sample

SIGNS: dict[Verdict, Sign] = {Verdict.PASS: "pass", Verdict.FAIL: "fail", Verdict.INCONCLUSIVE: "inconclusive"}


def panels() -> list[Panel]:
    return [panel for view in arranged(sample.typical(), 25) for panel in view.panels]


def all_charts() -> list[Chart]:
    findings = sample.typical().findings
    return [key(), *(figure(panel) for panel in panels()), *(strip(f"s{i}", f) for i, f in enumerate(findings))]


@pytest.mark.parametrize("chart", all_charts(), ids=lambda chart: chart.id)
def test_every_shape_lies_on_its_chart(chart: Chart) -> None:
    for shape in chart.shapes:
        if isinstance(shape, (Text, Mark)):
            assert 0 <= shape.x <= chart.width
            assert 0 <= shape.y <= chart.height
        elif isinstance(shape, Area):
            assert 0 <= shape.x <= shape.x + shape.width <= chart.width + 0.2
            assert 0 <= shape.y <= shape.y + shape.height <= chart.height


@pytest.mark.parametrize("panel", panels(), ids=lambda panel: panel.id)
def test_every_verdict_has_its_own_sign(panel: Panel) -> None:
    signs = [shape.sign for shape in figure(panel).shapes if isinstance(shape, Mark)]
    for verdict, sign in SIGNS.items():
        assert signs.count(sign) == sum(f.verdict is verdict for f in panel.findings)


def test_two_attributes_are_drawn_as_a_matrix_and_one_as_a_forest() -> None:
    names = {panel.attribute: figure(panel).name for panel in panels()}
    assert names == {"sex": "forest", "race": "forest", "sex & race": "matrix"}


def test_a_combination_without_records_is_an_empty_cell() -> None:
    panel = next(panel for panel in panels() if panel.attribute == "sex & race")
    fewer = replace(panel, every=panel.every[:-3])
    assert any(isinstance(shape, Text) and shape.text == "no records" for shape in figure(fewer).shapes)


def test_a_matrix_shows_also_what_its_table_leaves_out() -> None:
    panel = next(panel for panel in panels() if panel.attribute == "sex & race")
    cut = replace(panel, lines=panel.lines[:3], left_out=len(panel.lines) - 3)
    assert figure(cut).shapes == figure(panel).shapes


def crossed(rows: int, columns: int) -> Panel:
    """A panel of so many combinations, with the findings of the sample over and over."""
    panel = next(panel for panel in panels() if panel.attribute == "sex & race")
    keys = [(f"Region {i}", f"Age band {j}") for i in range(rows) for j in range(columns)]
    every = [replace(panel.every[i % len(panel.every)], key=key) for i, key in enumerate(keys)]
    return replace(panel, every=tuple(every), lines=tuple(every[:20]), left_out=max(0, len(every) - 20))


def test_of_many_columns_a_cell_holds_the_value_and_the_records() -> None:
    chart = figure(crossed(9, 8))
    assert chart.name == "compact"
    assert sum(isinstance(shape, Area) for shape in chart.shapes) == 72
    for shape in chart.shapes:
        if isinstance(shape, Text) and shape.anchor == "start":
            assert shape.x + width(shape.text, shape.size, bold=shape.bold) <= chart.width
    assert not any(isinstance(shape, Text) and " to " in shape.text for shape in chart.shapes)
    assert figure(crossed(9, 4)).name == "matrix"


@pytest.mark.parametrize("columns", [9, 14])
def test_of_still_more_columns_a_matrix_is_as_wide_as_a_sheet_across(columns: int) -> None:
    chart = figure(crossed(14, columns))
    assert (chart.name, chart.width) == ("across", 1096)
    for shape in chart.shapes:
        if isinstance(shape, Text) and shape.anchor == "start":
            assert shape.x + width(shape.text, shape.size, bold=shape.bold) <= chart.width
    assert figure(crossed(15, columns)).name == "forest"
    assert figure(crossed(15, 15)).name == "forest"


def test_a_matrix_needs_lines_with_two_keys() -> None:
    panel = next(panel for panel in panels() if panel.attribute == "sex & race")
    assert figure(replace(panel, every=(), lines=())).name == "forest"


def test_groups_that_could_not_be_computed_say_so() -> None:
    panel = next(panel for panel in panels() if panel.metric.name == "true_positive_rate")
    texts = [shape.text for shape in figure(panel).shapes if isinstance(shape, Text)]
    assert "not computable" in texts
    assert "no rate" in texts
    assert "Another race: not computable" in figure(panel).title


def test_a_reference_that_is_not_a_group_is_drawn_from_the_finding() -> None:
    result = sample.typical()
    findings = tuple(replace(f, reference="rest", reference_value=0.3, reference_n=100) for f in result.findings)
    panel = arranged(replace(result, findings=findings), 25)[0].panels[0]
    assert panel.lines[0].reference
    assert panel.lines[0].rate is not None
    assert panel.lines[0].rate.value == 0.3


def test_the_whole_population_can_be_the_reference() -> None:
    result = sample.typical()
    findings = tuple(replace(f, reference="overall") for f in result.findings)
    panel = arranged(replace(result, findings=findings), 25)[0].panels[0]
    assert panel.lines[0].rate == result.overall.metrics["selection_rate"]


def test_findings_with_different_references_have_no_reference_line() -> None:
    result = sample.typical()
    findings = tuple(replace(f, reference=f"rest of {f.group}") for f in result.findings)
    panels = arranged(replace(result, findings=findings), 25)[0].panels
    panel = next(panel for panel in panels if panel.attribute == "race")
    assert not any(line.reference for line in panel.lines)
    assert panel.head == "Ratio to its reference"


def test_a_finding_whose_group_has_no_row_is_drawn_from_its_own_numbers() -> None:
    result = replace(sample.typical(), groups=())
    panel = arranged(result, 25)[0].panels[0]
    found = [line for line in panel.lines if line.finding]
    assert found
    assert all(line.rate is not None and line.rate.value == line.finding.group_value for line in found if line.finding)


def test_a_finding_without_value_or_row_has_no_rate() -> None:
    result = sample.typical()
    findings = tuple(replace(f, value=None, group_value=None, verdict=Verdict.NOT_COMPUTABLE) for f in result.findings)
    panel = arranged(replace(result, findings=findings, groups=()), 25)[0].panels[0]
    assert all(line.rate is None for line in panel.lines if line.finding)
    assert figure(panel).shapes


def test_a_finding_for_no_group_at_all_makes_a_panel_of_plain_groups() -> None:
    result = sample.typical()
    one = replace(result.findings[0], group=None, reference=None, value=None, verdict=Verdict.NOT_COMPUTABLE)
    panel = arranged(replace(result, findings=(one,)), 25)[0].panels[0]
    assert {line.name for line in panel.lines} == {"Men", "Women"}
    assert figure(panel).shapes


def test_a_finding_without_a_key_takes_its_columns_from_the_groups() -> None:
    result = sample.typical()
    one = replace(result.findings[0], group_key={})
    assert arranged(replace(result, findings=(one,)), 25)[0].panels[0].columns == ("sex",)


def test_a_metric_that_the_result_does_not_describe_keeps_its_name() -> None:
    result = replace(sample.typical(), metrics={})
    assert arranged(result, 25)[0].panels[0].metric.label == "selection_rate"


def test_the_worst_come_first_and_the_rest_is_counted() -> None:
    panel = arranged(sample.many(rules=1), 10)[0].panels[0]
    values = [line.finding.value for line in panel.lines if line.finding and line.finding.value is not None]
    assert values == sorted(values)
    assert len(panel.lines) == 10
    assert panel.left_out == 190


def test_an_unbounded_interval_ends_in_an_arrow() -> None:
    scale = Scale(low=0, high=1, left=0, right=100)
    both = list(bar(Interval(low=None, high=0.5), scale, 10, "ink", 2))
    assert [type(shape) for shape in both] == [Stroke, Fill]
    high = list(bar(Interval(low=0.5, high=None), scale, 10, "ink", 2))
    assert [type(shape) for shape in high] == [Stroke, Fill]
    assert list(bar(Interval(), scale, 10, "ink", 2)) == []


def test_a_value_beyond_the_axis_is_drawn_at_its_end() -> None:
    scale = Scale(low=0.5, high=2, left=0, right=100, log=True)
    assert scale.at(0) == 0
    assert scale.at(9) == 100
    assert scale.beyond(0, end=-1) == -1
    assert scale.beyond(9, end=1) == 1


def test_a_finding_without_a_value_has_no_mark() -> None:
    one = replace(sample.typical().findings[0], value=None)
    assert list(drawn(one, Scale(low=0, high=1, left=0, right=9), 5)) == []
    assert "no value" in strip("x", one).title


@given(st.floats(0.01, 20), st.floats(0.01, 20), st.floats(0.3, 3))
def test_a_ratio_axis_always_holds_one_and_the_limit(one: float, other: float, limit: float) -> None:
    scale = ratio_axis([one, other], [limit], 0, 100)
    assert scale.low < 1 < scale.high
    assert scale.low < limit < scale.high


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_linear_axes_hold_zero_and_their_values(one: float, limit: float) -> None:
    for scale in (linear_axis([one], [limit], 0, 100), share_axis([one], [limit], 0, 100)):
        assert scale.low <= min(0, one) <= max(0, one) <= scale.high
        assert scale.low <= limit <= scale.high


def test_an_axis_of_a_difference_shows_both_limits() -> None:
    one = replace(sample.typical().findings[0], compare="difference", accepts=Bounds(low=-0.05, high=0.05))
    scale = axis_for([one], 0, 100)
    assert scale.low < -0.05 < 0.05 < scale.high


def test_steps_are_round_and_few() -> None:
    assert steps(0, 0.4, 4) == [0, 0.1, 0.2, 0.3, 0.4]
    assert steps(-0.1, 0.1, 4) == [-0.1, -0.05, 0, 0.05, 0.1]


def test_names_of_an_axis_keep_their_distance() -> None:
    scale = Scale(low=0, high=1, left=0, right=100)
    assert ticks(scale, [0.1, 0.5, 2], first=(0.45,), apart=20) == [0.1, 0.45]


@given(st.text(max_size=80))
def test_a_fitted_label_fits(text: str) -> None:
    assert width(fitted(text, 100)) <= 100
    assert all(width(line) <= 120 for line in two_lines(text, 120))
    assert 1 <= len(two_lines(text, 120)) <= 2


def test_coordinates_are_short() -> None:
    assert px(3.0) == 3
    assert str(px(3.14159)) == "3.1"


def test_groups_of_a_number_stand_in_its_order_in_a_matrix() -> None:
    panel = next(panel for panel in panels() if panel.attribute == "sex & race")
    races = {line.key[1] for line in panel.every}
    for bins in (tuple(sorted(races)), tuple(sorted(races, reverse=True))):
        texts = [shape.text for shape in figure(replace(panel, bins={"race": bins})).shapes if isinstance(shape, Text)]
        on_one_line = [name for name in bins if name in texts]
        assert len(on_one_line) > 2
        assert [text for text in texts if text in races] == on_one_line
