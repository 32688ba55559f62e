"""The benchmarks' table of jobs says what can be done, without doing it."""

import importlib
import itertools

import pytest

from benchmarks.environment import interpreters
from benchmarks.jobs import SECTIONS
from benchmarks.measure import DisagreementError, Measured, _agreed, _summed
from benchmarks.page import page, ratio, renewed
from benchmarks.readme import quoted
from benchmarks.stages import STAGES
from benchmarks.tables import ATTRIBUTES, CELLS, FullDiskError, make

JOBS = [(section, job) for section in SECTIONS for job in section.jobs]


@pytest.mark.parametrize(("section", "job"), JOBS, ids=[f"{section.key}-{job.name}" for section, job in JOBS])
def test_every_job_can_be_called_and_stands_beside_one_that_there_is(section, job):
    for call in filter(None, (job.call, job.warm_up)):
        module, _, function = call.partition(":")
        assert callable(getattr(importlib.import_module(f"benchmarks.{module}"), function))
    beside = [other for other in section.jobs if other.name == job.beside]
    assert not job.beside or set(job.sizes) <= set(beside[0].sizes)


def test_the_stages_that_are_timed_are_functions_of_evenhand():
    for place in STAGES.values():
        module, _, function = place.partition(":")
        assert callable(getattr(importlib.import_module(module), function))


def test_all_combinations_of_keys_occur_in_the_made_up_table(tmp_path):
    import duckdb

    path = tmp_path / "rows.parquet"
    make(path, 200_000)
    connection = duckdb.connect()
    [(rows,)] = connection.execute(f"SELECT count(*) FROM '{path}'").fetchall()
    for pair in itertools.combinations(ATTRIBUTES, 2):
        distinct = f"SELECT DISTINCT {', '.join(pair)} FROM '{path}'"
        [(found,)] = connection.execute(f"SELECT count(*) FROM ({distinct})").fetchall()
        assert found == ATTRIBUTES[pair[0]] * ATTRIBUTES[pair[1]]
    assert rows == 200_000
    assert CELLS == 18_432


def test_a_table_that_does_not_fit_is_refused_before_it_is_begun(tmp_path):
    with pytest.raises(FullDiskError, match="GB are free"):
        make(tmp_path / "rows.parquet", 10**15)
    assert not list(tmp_path.iterdir())


def _measured(name, runs, **more):
    _, job = next((section, job) for section, job in JOBS if job.name == name)
    rows = max(size for size in job.sizes if size <= 10**7)
    return Measured(job=job, rows=rows, runs=runs, **more)


def test_seconds_are_the_median_and_ratios_are_of_the_job_beside():
    decode, rates = _measured("decode", (0.1, 0.2, 0.9)), _measured("rates", (0.5, 0.6, 0.7))
    assert decode.seconds == 0.2
    assert ratio(rates, [decode, rates]) == pytest.approx(3.0)
    assert ratio(decode, [decode, rates]) is None


def test_memory_and_stages_are_those_of_the_median_run():
    answers = [
        {"seconds": s, "memory": m, "before": 1.0, "makes": "it", "stages": {"count": s}, "rates": {}}
        for s, m in ((3.0, 30.0), (1.0, 10.0), (2.0, 20.0))
    ]
    found = _summed(JOBS[0][1], 1000, answers, "")
    assert (found.seconds, found.memory, found.stages) == (2.0, 20.0, {"count": 2.0})


def test_tools_that_disagree_stop_the_page():
    ours, theirs = _measured("crossed", (1.0,), rates={"f1|a": 0.5}), _measured("aequitas", (1.0,), rates={"f1|a": 0.6})
    _agreed([ours, ours])
    with pytest.raises(DisagreementError, match=r"0\.5 by crossed, 0\.6 by aequitas"):
        _agreed([ours, theirs])


def test_what_was_not_measured_is_said_on_the_page_and_not_in_the_readme():
    scan = SECTIONS[0]
    results: dict[str, list[Measured]] = {section.key: [] for section in SECTIONS}
    results["scan"] = [
        _measured("decode", (0.1,)),
        _measured("read", (0.5,)),
        _measured("rates", (0.25,), memory=240.0),
        _measured("weighted", (), missing="could not be installed: no wheel"),
    ]
    shown = page(results, [scan])
    assert "2.5 x decode, 0.50 x read" in shown
    assert "not measured" in shown
    assert "no wheel" in shown
    readme = quoted("# A\n<!-- made by make bench -->\nold\n<!-- end -->\nrest", results)
    assert "0.250 s, 240 MB, 2.5 times" in readme
    assert "and 0.5 times what it needs to look at them." in readme
    assert "old" not in readme
    assert readme.endswith("<!-- end -->\nrest")
    assert "Spark" not in readme


def test_a_section_measured_again_takes_the_place_of_the_old_one_and_leaves_the_others():
    scan = SECTIONS[0]
    found = {"scan": [_measured("decode", (0.1,))]}
    old = f"# Performance\n\n## Before\n\none\n\n## {scan.title}\n\nold\n\n## After\n\ntwo\n"
    new = renewed(old, found, [scan])
    assert "\nold\n" not in new
    assert [line for line in new.splitlines() if line.startswith("#")] == [
        "# Performance", "## Before", f"## {scan.title}", "## After",
    ]  # fmt: skip
    assert new.endswith("two\n")
    assert renewed("# Performance\n", found, [scan]).startswith(f"# Performance\n\n## {scan.title}\n\n{scan.words}")


def test_the_environment_of_other_tools_is_made_only_where_one_of_them_is_measured():
    assert interpreters({"ours"})["peers"] == "not wanted"
