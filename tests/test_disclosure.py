"""A public rendering tells nobody apart: no small count is in it, and none can be worked out from it."""

import json

import numpy as np
import pandas as pd
import pytest

import audit
from audit import cli
from audit.disclosure import rendered
from audit.errors import DataError
from audit.render import FORMATS
from audit.result import from_json, to_json
from audit.values import Verdict
from tests.attacks import Attacker, small, truth
from tests.making import policy_of, rule

DISCLOSURE = {"min_cell": 11}
COLUMNS = {"decision": {"column": "d", "favorable": 1}, "outcome": {"column": "y", "favorable": 1}}


def law(**changes):
    """A policy over sex, race and both, that withholds counts below 11."""
    known = {
        "data": COLUMNS,
        "attributes": {"sex": {"column": "sex"}, "race": {"column": "race"}},
        "intersections": [["sex", "race"]],
        "groups": {"min_count": 20},
        "disclosure": DISCLOSURE,
    }
    rules = [rule(), rule(id="errors", metric="true_positive_rate", compare="difference", require="<= 0.2")]
    return policy_of(*changes.pop("rules", rules), **{**known, **changes})


def people(seed, n=None, *, unknown=None, outcome=True):
    """Random people: some groups small, some rates extreme, some of unknown race."""
    random = np.random.default_rng(seed)
    n = n or int(random.integers(120, 1500))
    shares = random.dirichlet(np.full(4, 0.7))
    table = pd.DataFrame(
        {"sex": random.choice(["F", "M"], n, p=[0.4, 0.6]), "race": random.choice([*"ABCD"], n, p=shares)}
    )
    likely = {race: random.choice([0.03, 0.3, 0.6, 0.97]) for race in "ABCD"}
    table["d"] = (random.random(n) < table["race"].map(likely)).astype(int)
    table["y"] = (random.random(n) < 0.3 + 0.4 * table["d"]).astype(int) if outcome else 1
    share = random.choice([0, 0.005, 0.05]) if unknown is None else unknown
    return table.assign(race=table["race"].where(random.random(n) >= share, None))


def both(table, policy):
    """The full result and the public one, as JSON content."""
    full = audit.run(policy, table)
    return json.loads(to_json(full)), json.loads(to_json(rendered(full, "public")))


# ---- nothing can be worked out -------------------------------------------------------------------------------------


def attacked(table, policy, *, whole_numbers=True):
    """How wide the range of every small count is, for somebody who has the public rendering."""
    full, public = both(table, policy)
    known = truth(full)
    attacker = Attacker(public)
    judged = [(r["attribute"], r["group"]) for r in full["groups"] if r["status"] == "judged"]
    attacker.highest(judged)
    attacker.passed(judged)
    for whole, parts in _unknown(public, known):
        rest = np.array(known[whole]) - np.sum([known[part] for part in parts], axis=0)
        known["unknown", parts[0][0], whole] = tuple(int(n) for n in rest)
    return {
        (who, names): (attacker.range_of(who, names, whole_numbers=whole_numbers), cells)
        for who, cells in known.items()
        for names in small(cells, 11)
    }


def _unknown(public, known):
    """Every whole with the groups that are parts of it."""
    keys = {(row["attribute"], row["group"]): row["group_key"] for row in public["groups"]}
    for of in dict.fromkeys(of for of, _ in keys):
        yield ("", ""), [who for who in keys if who[0] == of]
        names = set(next(key for who, key in keys.items() if who[0] == of))
        for whole, key in keys.items():
            if set(key) < names:
                yield whole, [who for who, inner in keys.items() if who[0] == of and key.items() <= inner.items()]


SEEDS = [*range(6), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(6, 80))]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_small_count_can_be_worked_out(seed):
    found = attacked(people(seed), law())
    narrow = {who: ends for who, (ends, _) in found.items() if ends[1] - ends[0] < 10}
    assert not narrow


@pytest.mark.parametrize("seed", [3, 4])
def test_withholding_the_small_counts_alone_does_not_hide_them(seed):
    found = attacked(people(seed), law(disclosure={"min_cell": 11, "complementary": False}))
    exact = [who for who, (ends, _) in found.items() if ends[1] - ends[0] < 10]
    assert exact


def test_everyone_is_withheld_before_a_large_group_is():
    table = pd.DataFrame(
        {"race": ["A"] * 400 + ["B"] * 300 + [None] * 5, "d": [0, 1, 1] * 235, "y": [1, 1, 0, 0, 1] * 141}
    )
    policy = policy_of(rule(), data=COLUMNS, attributes={"race": {"column": "race"}}, disclosure=DISCLOSURE)
    public = rendered(audit.run(policy, table))
    assert [row.n for row in public.groups] == [400, 300]
    assert (public.overall.n, public.rows.analysed, public.rows.read) == (None, None, None)
    assert "records were analysed" not in public.summary


def test_the_attack_finds_what_is_published():
    full, _ = both(people(1), law())
    attacker, known = Attacker(full), truth(full)
    who = ("race", "A")
    assert attacker.range_of(who, "tp fp up") == (known[who][0] + known[who][1],) * 2


def test_a_small_group_takes_the_next_small_one_with_it():
    sizes = {"A": (200, 400), "B": (150, 300), "C": (20, 40), "D": (3, 6)}
    table = pd.DataFrame(
        [{"race": race, "d": int(i < hits), "y": i % 2} for race, (hits, n) in sizes.items() for i in range(n)]
    )
    policy = policy_of(rule(), data=COLUMNS, attributes={"race": {"column": "race"}}, disclosure=DISCLOSURE)
    public = rendered(audit.run(policy, table))
    assert [row.group for row in public.groups if row.n is None] == ["C", "D"]
    assert (public.overall.n, public.rows.read) == (746, 746)
    assert [row.share for row in public.groups][2:] == [None, None]


def test_zero_is_no_small_count():
    table = pd.DataFrame({"race": ["A"] * 100 + ["B"] * 100, "d": [1] * 50 + [0] * 150, "y": [0, 1] * 100})
    columns = {"decision": {"column": "d", "favorable": 1}}
    plain = {"data": columns, "attributes": {"race": {"column": "race"}}}
    shown = rendered(audit.run(policy_of(rule(), **plain, disclosure=DISCLOSURE), table))
    hidden = rendered(audit.run(policy_of(rule(), **plain, disclosure={"extremes": "withhold"}), table))
    assert shown.groups[1].metrics["selection_rate"].hits == 0
    assert hidden.groups[1].metrics["selection_rate"].hits is None
    assert "nothing" not in shown.disclosure.words
    assert "there were none" in shown.disclosure.words


# ---- what is left of the rest --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pair():
    """A full result and its public rendering."""
    lawful = rule(id="law", require="none", basis="mandated", effect="report")
    errors = rule(id="errors", metric="true_positive_rate", compare="difference", require="<= 0.2")
    full = audit.run(law(rules=[rule(), errors, lawful]), people(4))
    return full, rendered(full)


def test_a_withheld_finding_tells_nothing_but_that_it_is_there(pair):
    full, public = pair
    hidden = [found for found in public.findings if found.verdict is Verdict.WITHHELD]
    assert hidden
    for found in hidden:
        numbers = (found.value, found.exact, found.n, found.group_n, found.group_value, found.reference_n)
        assert {*numbers, found.p_beyond, found.p_within, found.p_adjusted, found.power, found.flip, found.test} == {
            None
        }
        assert (found.interval.low, found.interval.high, found.reference, found.waiver) == (None,) * 4
        assert found.reason == "withheld"
        assert "fewer than 11" in found.because
    assert [(f.rule, f.metric, f.attribute, f.group) for f in full.findings] == [
        (f.rule, f.metric, f.attribute, f.group) for f in public.findings
    ]


def test_rules_and_the_audit_keep_their_verdicts(pair):
    full, public = pair
    assert public.outcome == full.outcome
    assert public.headline == full.headline
    assert [rule.verdict for rule in public.rules] == [rule.verdict for rule in full.rules]
    for told in public.rules:
        mine = [found for found in public.findings if found.rule == told.id]
        assert told.tally.get("withheld") == sum(found.verdict is Verdict.WITHHELD for found in mine)
        assert sum(told.tally.values()) == len(mine)


def test_no_digest_of_counts_is_published(pair):
    full, public = pair
    assert (public.data.counts_sha256, public.data.cells) == (None, None)
    assert full.data.counts_sha256 not in to_json(public)


def test_the_note_counts_what_is_withheld(pair):
    _, public = pair
    note = public.disclosure
    rates = [value for row in (public.overall, *public.groups) for value in row.metrics.values()]
    assert note.groups == sum(row.n is None for row in public.groups)
    assert note.rates == sum(value.n is None for value in rates)
    assert note.findings == sum(found.verdict is Verdict.WITHHELD for found in public.findings)
    assert f"{note.rates} rates" in note.words


def test_p_values_for_all_comparisons_go_with_any_of_them(pair):
    full, public = pair
    assert any(found.p_adjusted is not None for found in full.findings)
    assert all(found.p_adjusted is None for found in public.findings)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_tells_the_rendering_and_that_something_is_withheld(name, pair):
    _, public = pair
    content = FORMATS[name].write(public)
    if name.endswith("pdf"):
        assert content.startswith(b"%PDF")
        return
    text = " ".join(content.decode().replace("> ", "").split())
    assert "Public rendering: counts from 1 to 10" in text
    assert "withheld" in text


def test_a_public_result_is_read_back_and_stays_public(pair):
    _, public = pair
    again = from_json(to_json(public))
    assert again == public
    assert rendered(again, "public") is again
    with pytest.raises(DataError, match="is the public rendering"):
        rendered(again, "restricted")


def test_a_restricted_result_is_marked_and_can_be_made_public(pair):
    full, public = pair
    restricted = rendered(full, "restricted")
    assert restricted.notes[0].startswith("Restricted rendering")
    assert restricted.findings == full.findings
    assert rendered(restricted, "restricted") == restricted
    assert rendered(from_json(to_json(restricted)), "public") == public


def test_a_policy_without_disclosure_has_one_rendering():
    result = audit.run(policy_of(), pd.DataFrame({"g": ["a", "b"] * 40, "d": [0, 1] * 40, "y": [1, 0] * 40}))
    assert rendered(result) is result
    assert rendered(result, "restricted") is result
    with pytest.raises(DataError, match=r"add 'disclosure: \{min_cell: 11\}'"):
        rendered(result, "public")


def test_an_override_shows_all_and_says_who_and_why():
    override = {"approved_by": "Head of compliance", "reason": "The city asks for it", "cite": "6 RCNY 5-303"}
    full = audit.run(law(disclosure={"override": override}), people(4))
    public = rendered(full)
    assert public.findings == full.findings
    assert public.groups == full.groups
    for name in ("html", "json", "markdown", "text"):
        text = " ".join(FORMATS[name].write(public).decode().split())
        assert "Approved by Head of compliance. Reason: The city asks for it (6 RCNY 5-303)." in text


# ---- rows ----------------------------------------------------------------------------------------------------------


def test_small_numbers_of_unusable_rows_are_withheld_with_what_they_follow_from():
    table = people(2, 900, unknown=0)
    table["d"] = table["d"].astype(object)
    table.loc[:3, "d"] = None
    data = {**COLUMNS, "decision": {**COLUMNS["decision"], "unusable": "exclude"}}
    full = audit.run(law(data=data), table)
    rows = rendered(full).rows
    assert full.rows.unusable == 4
    assert (rows.unusable, rows.read) == (None, None)
    assert set(rows.unusable_because.values()) == {None}
    assert all(one.unusable is None for one in rows.by_attribute)


def test_notes_with_numbers_of_rows_are_left_out():
    table = people(2, 900, unknown=0).assign(when="2026-01-01")
    table.loc[:2, "when"] = None
    data = {**COLUMNS, "time": {"column": "when", "period": "month"}}
    full = audit.run(law(data=data), table)
    assert any("empty in 3 rows" in note for note in full.notes)
    assert not any("3 rows" in note for note in rendered(full).notes)


# ---- periods and versions ------------------------------------------------------------------------------------------


def sliced(**sizes):
    """People of two sexes in months: sliced(F=[(5, 10), (50, 100)]) has 5 of 10 selected in the first month."""
    rows = [
        {"sex": sex, "when": f"2026-{month:02}-01", "d": int(i < hits), "y": i % 2}
        for sex, months in sizes.items()
        for month, (hits, n) in enumerate(months, 1)
        for i in range(n)
    ]
    data = {**COLUMNS, "time": {"column": "when", "period": "month"}}
    policy = policy_of(rule(), data=data, attributes={"sex": {"column": "sex"}}, disclosure=DISCLOSURE)
    return audit.run(policy, pd.DataFrame(rows))


@pytest.mark.parametrize(
    ("months", "shown"),
    [
        ([(50, 100), (40, 100)], True),
        ([(50, 100), (4, 100)], False),
        ([(50, 100), (96, 100)], False),
        ([(50, 100), (0, 8)], False),
        ([(50, 100), (0, 100)], True),
    ],
)
def test_a_table_of_months_is_shown_if_none_of_its_counts_is_small(months, shown):
    public = rendered(sliced(F=months, M=[(60, 120), (60, 120)]))
    values = [value.hits for line in public.series for value in line.values]
    assert (None not in values) is shown


def test_tables_of_months_do_not_tell_who_is_in_one_and_not_in_the_other():
    rows = [
        {"sex": "FM"[i % 2], "race": "AAB"[i % 3], "when": f"2026-0{1 + i // 7 % 2}-01", "d": i // 5 % 2}
        for i in range(2000)
    ]
    table = pd.DataFrame(rows)
    data = {"decision": COLUMNS["decision"], "time": {"column": "when", "period": "month"}}
    attributes = {"sex": {"column": "sex"}, "race": {"column": "race"}}
    policy = policy_of(rule(), data=data, attributes=attributes, disclosure={**DISCLOSURE, "complementary": False})
    assert all(value.hits is not None for line in rendered(audit.run(policy, table)).series for value in line.values)
    table.loc[:4, "race"] = None
    public = rendered(audit.run(policy, table))
    assert all(value.hits is None for line in public.series for value in line.values)


# ---- scores, strata, probabilities ---------------------------------------------------------------------------------


def test_scores_are_told_of_all_groups_or_of_none():
    table = people(2, 1200, unknown=0)
    table["s"] = np.random.default_rng(1).integers(0, 100, len(table)) / 100
    data = {**COLUMNS, "score": {"column": "s", "favorable": "above"}}
    rules = [rule(id="auc", metric="roc_auc", compare="difference", require="<= 0.1"), rule(id="r")]
    full = audit.run(law(data=data, rules=rules), table)
    public = rendered(full)
    told = {row.attribute for row in public.scores}
    whole = {row.attribute for row in public.groups} - {
        row.attribute
        for row in public.groups
        if row.n is None or any(row.metrics[name].n is None for name in ("selection_rate", "base_rate"))
    }
    assert len(full.scores) > len(public.scores)
    assert told - {public.overall.attribute} <= whole
    assert all(row.curves is None for row in public.scores)
    assert not public.score_note.ratios
    for row in public.groups:
        assert (row.metrics["mean_score"].value is None) is (row.attribute not in whole)
    for found in public.findings:
        if found.metric == "roc_auc":
            assert (found.verdict is Verdict.WITHHELD) is (found.attribute not in whole)


@pytest.mark.parametrize(("small", "told"), [(40, True), (6, False)])
def test_strata_are_told_if_none_is_small(small, told):
    rows = [
        {"sex": sex, "dept": dept, "d": int(i < n // 2), "y": 1}
        for sex in "FM"
        for dept, n in (("x", 200), ("y", small if sex == "F" else 100))
        for i in range(n)
    ]
    policy = policy_of(
        rule(given=["dept"]),
        data={"decision": COLUMNS["decision"]},
        attributes={"sex": {"column": "sex"}},
        factors={"dept": {"column": "dept", "legitimate": "They choose it."}},
        disclosure=DISCLOSURE,
        groups={"min_count": 5},
    )
    full = audit.run(policy, pd.DataFrame(rows))
    [found] = rendered(full).findings
    assert full.findings[0].given is not None
    assert (found.given is not None) is told
    assert (found.verdict is not Verdict.WITHHELD) is told


@pytest.mark.parametrize(("share", "told"), [(0.5, True), (0.02, False)])
def test_groups_of_probabilities_are_told_together(share, told):
    table = pd.DataFrame({"d": [0, 1] * 200, "a": [1 - share] * 400, "b": [share] * 400})
    policy = policy_of(
        rule(),
        data={"decision": COLUMNS["decision"]},
        attributes={"p": {"probabilities": {"A": "a", "B": "b"}}},
        disclosure=DISCLOSURE,
    )
    public = rendered(audit.run(policy, table))
    assert [row.n is not None for row in public.groups] == [told, told]
    of_groups = [found for found in public.findings if found.group is not None]
    assert [found.verdict is not Verdict.WITHHELD for found in of_groups] == [told]


def test_what_unknown_membership_could_change_is_told_if_it_tells_of_nobody():
    table = pd.DataFrame({"race": ["A"] * 400 + ["B"] * 400 + [None] * 100, "d": [0, 1] * 450, "y": [1, 1, 0, 0] * 225})
    policy = policy_of(rule(), data=COLUMNS, attributes={"race": {"column": "race"}}, disclosure=DISCLOSURE)
    assert rendered(audit.run(policy, table)).findings[0].unknown is not None
    few = table.iloc[: 800 + 8]
    full = audit.run(policy, few)
    public = rendered(full)
    assert full.findings[0].unknown is not None
    assert all(found.unknown is None for found in public.findings)
    assert all(value.bounds is None for row in public.groups for value in row.metrics.values())
    assert public.rows.by_attribute[0].unknown is None


def test_a_rule_over_all_groups_is_told_if_all_of_them_are():
    sizes = {"A": (200, 400), "B": (150, 300), "C": (5, 300)}
    table = pd.DataFrame([{"g": g, "d": int(i < hits), "y": 1} for g, (hits, n) in sizes.items() for i in range(n)])
    gap = rule(id="gap", compare="max_gap", require="<= 0.2")
    policy = policy_of(gap, data={"decision": COLUMNS["decision"]}, disclosure=DISCLOSURE)
    [found] = rendered(audit.run(policy, table)).findings
    assert (found.verdict, found.group, found.reference) == (Verdict.WITHHELD, None, None)
    policy = policy_of(gap, data={"decision": COLUMNS["decision"]}, disclosure={"min_cell": 3})
    [found] = rendered(audit.run(policy, table)).findings
    assert found.verdict is Verdict.FAIL


# ---- the command line ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a policy and its data."""
    place = tmp_path_factory.mktemp("disclosure")
    people(4).to_csv(place / "data.csv", index=False)
    (place / "policy.yaml").write_text(
        "evenhand: 1\ntitle: T\ndata: {decision: {column: d, favorable: 1}}\nattributes: {sex: {column: sex}, "
        "race: {column: race}}\nrules: [{id: r, metric: selection_rate, compare: ratio, require: '>= 4/5'}]\n"
        "disclosure: {min_cell: 11}\n",
        encoding="utf-8",
    )
    return place


def written(folder, *arguments):
    code = cli.run([*arguments, "--out", str(folder / "out"), "--format", "json"])
    return code, json.loads((folder / "out" / "result.json").read_text("utf-8"))


def test_the_command_line_writes_the_policys_rendering_or_the_one_that_is_named(folder, capsys):
    command = ["audit", str(folder / "policy.yaml"), str(folder / "data.csv")]
    code, public = written(folder, *command)
    assert "Public rendering" in capsys.readouterr().out
    again, restricted = written(folder, *command, "--rendering", "restricted")
    assert (public["disclosure"]["rendering"], restricted["disclosure"]["rendering"]) == ("public", "restricted")
    assert code == again
    (folder / "restricted.json").write_text(json.dumps(restricted), encoding="utf-8")
    assert written(folder, "render", str(folder / "restricted.json"))[1]["disclosure"]["rendering"] == "public"
    (folder / "public.json").write_text(json.dumps(public), encoding="utf-8")
    assert (
        cli.run(["render", str(folder / "public.json"), "--rendering", "restricted", "--out", str(folder / "x")]) == 2
    )
    assert "is the public rendering" in capsys.readouterr().err
    assert not (folder / "x").exists()


def test_reports_of_the_library_are_of_the_policys_rendering(folder, tmp_path):
    result = audit.run(folder / "policy.yaml", str(folder / "data.csv"))
    [path] = audit.write(result, tmp_path, ["json"])
    assert json.loads(path.read_text("utf-8"))["disclosure"]["rendering"] == "public"
    [path] = audit.write(result, tmp_path, ["json"], rendering="restricted")
    assert json.loads(path.read_text("utf-8"))["disclosure"]["rendering"] == "restricted"


def test_public_bytes_are_the_same_each_time(pair):
    full, public = pair
    assert to_json(rendered(full)) == to_json(public)
