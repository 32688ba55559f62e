"""The picture of two errors: the rates of the tables, on its page, legible however close the points lie."""

import math
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from audit.numbers import percent
from audit.render.document import document
from audit.render.groups import MOST_PICTURES_ON_PAPER, group_tables
from audit.render.scoreview import ScoreFigure
from audit.render.shapes import Mark, Stroke, Text
from audit.render.tradeoff import ERRORS, MOST_DRAWN, figure
from audit.result import AuditResult, GroupRow, MetricNote, MetricValue
from tests.render import sample


def with_errors(rates: list[tuple[float, float]], reach: float = 0.05) -> AuditResult:
    """The typical result with groups of these false positive and false negative rates."""
    whole = sample.typical()

    def row(name: str, pair: tuple[float, float], n: int) -> GroupRow:
        values = {
            error: MetricValue(value=rate, low=max(0.0, rate - reach), high=min(1.0, rate + reach), n=n)
            for error, rate in zip(ERRORS, pair, strict=True)
        }
        return GroupRow(
            attribute="g", group=name, group_key={"g": name}, n=n, share=0.1, status="judged", metrics=values
        )

    note = MetricNote(name="", label="", words="of some, the share", counted="records", formula="", harm="high")
    labels = zip(ERRORS, ("False positive rate", "False negative rate"), strict=True)
    return replace(
        whole,
        groups=tuple(row(f"Group {i:02}", pair, 1000 - i) for i, pair in enumerate(rates)),
        overall=row("overall", (0.2, 0.3), 9000),
        metrics={**whole.metrics, **{name: replace(note, name=name, label=label) for name, label in labels}},
        findings=(),
        scores=(),
    )


def drawn(result: AuditResult) -> ScoreFigure:
    found = figure(result, result.groups, 1)
    assert found is not None
    return found


def test_without_both_errors_of_two_groups_there_is_no_picture() -> None:
    result = with_errors([(0.1, 0.2)])
    assert figure(result, result.groups, 1) is None
    assert figure(sample.typical(), sample.typical().groups, 1) is None


def test_the_table_and_the_title_hold_the_rates_of_the_tables() -> None:
    found = drawn(with_errors([(0.1234, 0.2), (0.3, 0.4567)]))
    assert found.chart.title.startswith("False positive rate and false negative rate by g. Group 00 12.3% and 20.0%; ")
    assert [cell.text for cell in found.table.rows[1][1]] == ["999", "30.0% of 999", "45.7% of 999"]
    assert found.table.rows[0][1][1].note == f"{percent(0.0734)} to {percent(0.1734)}"


def test_a_higher_error_lies_farther_out() -> None:
    marks = [shape for shape in drawn(with_errors([(0.1, 0.4), (0.3, 0.2)])).chart.shapes if isinstance(shape, Mark)]
    one, other = (mark for mark in marks if mark.sign == "rate")
    assert one.x < other.x
    assert one.y < other.y
    assert sum(mark.sign == "quiet" for mark in marks) == 1


share = st.floats(0, 1)


@given(st.lists(st.tuples(share, share), min_size=2, max_size=30), st.floats(0, 0.5))
def test_every_point_has_its_number_and_lies_on_the_page(rates: list[tuple[float, float]], reach: float) -> None:
    chart = drawn(with_errors(rates, reach)).chart
    for shape in chart.shapes:
        if isinstance(shape, (Text, Mark)):
            assert 0 <= shape.x <= chart.width
            assert 0 <= shape.y <= chart.height
        if isinstance(shape, Stroke):
            assert "nan" not in shape.path
    numbers = [shape.text for shape in chart.shapes if isinstance(shape, Text) and shape.bold and shape.text.isdigit()]
    most = min(len(rates), MOST_DRAWN)
    assert sorted(numbers) == sorted(2 * [str(i + 1) for i in range(most)])


def test_points_in_one_place_do_not_put_their_numbers_in_one_place() -> None:
    chart = drawn(with_errors([(0.2, 0.2)] * 4)).chart
    numbers = [s for s in chart.shapes if isinstance(s, Text) and s.size == 11 and s.bold]
    places = [(s.x, s.y) for s in numbers]
    assert min(math.dist(a, b) for i, a in enumerate(places) for b in places[:i]) > 10


def test_figures_are_numbered_on_and_paper_has_those_of_a_few_attributes() -> None:
    result = with_errors([(0.1, 0.2), (0.3, 0.4)])
    rows = [replace(row, attribute=f"a{i}") for i in range(5) for row in result.groups]
    crossed = [replace(row, attribute="a & b", group_key={"a": "x", "b": row.group}) for row in result.groups]
    many = replace(result, groups=(*crossed, *rows))
    on_paper = [one.errors for one in group_tables(many, 20, first=4, paper=True)]
    assert [one.number for one in on_paper if one] == [4 + i for i in range(MOST_PICTURES_ON_PAPER)]
    assert on_paper[0] is None
    on_screen = [one.errors for one in group_tables(many, 20, first=4)]
    assert [one.number for one in on_screen if one] == list(range(4, 10))
    assert 'class="chart tradeoff"' in document(many, "html").html
