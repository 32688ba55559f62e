"""Policies extend packs and files of their own folder; what is inherited cannot become looser in silence."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import pytest

from audit.errors import PolicyError
from audit.policy import Policy, load, loads, packs
from audit.resources import folder

PACKS = [
    "conventions/equal-opportunity",
    "conventions/error-rate-balance",
    "conventions/four-fifths",
    "conventions/two-standard-deviations",
]
HOUSE = """\
evenhand: 1
title: House rules
groups: {min_count: 50, unknown: exclude}
attributes:
  sex: {column: sex}
rules:
  - id: gap
    metric: [selection_rate, accuracy]
    compare: difference
    require: "<= 0.1"
    reference: rest
    why: because
"""
TOP = """\
evenhand: 1
title: Top
extends: house.yaml
data: {decision: {column: d, favorable: 1}}
attributes:
  race: {column: race}
"""
WAIVER = "waivers: [{rule: gap, reason: tried, approved_by: the head, expires: 2027-01-31}]\n"
Write = Callable[..., Path]  # write(policy=..., house=...)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files into a folder and give the path of policy.yaml."""

    def save(**files: str) -> Path:
        for name, text in files.items():
            path = tmp_path / (name.replace("__", "/") + ".yaml")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return tmp_path / "policy.yaml"

    return save


def fails(path: Path) -> str:
    with pytest.raises(PolicyError) as caught:
        load(path)
    return str(caught.value).replace(f"{path.parent.as_posix()}/", "")


def test_maps_merge_by_key_and_rules_by_id(write):
    own = '{id: own, metric: accuracy, compare: value, require: ">= 0.6"}'
    over = f'groups: {{min_count: 40}}\nrules:\n  - {{id: gap, require: "<= 0.05"}}\n  - {own}\n'
    policy = load(write(policy=TOP + over, house=HOUSE))
    assert (policy.groups.min_count, policy.groups.unknown) == (40, "exclude")
    assert list(policy.attributes) == ["sex", "race"]
    assert [rule.id for rule in policy.rules] == ["gap", "own"]
    assert (policy.rules[0].require, policy.rules[0].why) == ("<= 0.05", "because")
    assert policy.origins == {"gap": "house.yaml:7, changed at policy.yaml:9", "own": "policy.yaml:10"}
    assert policy.title == "Top"
    assert policy.notes == ()


def test_a_part_of_a_column_is_replaced_whole(write):
    house = HOUSE + "data: {decision: {column: old, favorable: 1}, weight: {column: w, kind: frequency}}\n"
    policy = load(write(policy=TOP.replace("favorable: 1", "adverse: 0"), house=house))
    assert policy.data.decision is not None
    assert policy.data.decision.favorable == ()
    assert policy.data.weight is not None
    assert policy.data.weight.column == "w"


def test_lists_other_than_rules_are_replaced(write):
    house = HOUSE + "signoff: {roles: [a, b]}\n" + WAIVER
    policy = load(write(policy=TOP + "signoff: {roles: [c]}\n", house=house))
    assert policy.signoff.roles == ("c",)
    assert [waiver.rule for waiver in policy.waivers] == ["gap"]


def test_later_files_go_on_top_of_earlier_ones_and_a_file_reached_twice_counts_once(write):
    top = TOP.replace("house.yaml", "[a.yaml, b.yaml]")
    path = write(
        policy=top, house=HOUSE, a="evenhand: 1\nextends: house.yaml\nrules: [{id: gap, require: '<= 0.05'}]\n",
        b="evenhand: 1\nextends: [house.yaml]\ngroups: {min_count: 60}\n",
    )  # fmt: skip
    policy = load(path)
    assert policy.rules[0].require == "<= 0.05"
    assert policy.groups.min_count == 60


def test_files_below_the_folder_are_named_by_their_path(write):
    path = write(
        policy=TOP.replace("house.yaml", "team/a.yaml"), house=HOUSE, team__a="evenhand: 1\nextends: ../house.yaml\n"
    )
    assert load(path).origins == {"gap": "house.yaml:7"}


@pytest.mark.parametrize(
    ("change", "name", "values"),
    [
        ('require: "<= 0.2"', "require", ("<= 0.2", "<= 0.1")),
        ('require: ">= -0.1"', "require", (">= -0.1", "<= 0.1")),
        ("effect: review", "effect", ("review", "block")),
        ("burden: prove_unfair", "burden", ("prove_unfair", "prove_fair")),
        ("judge: point", "judge", ("point", "interval")),
        ("metric: accuracy", "metric", ("accuracy", "selection_rate, accuracy")),
        ("of: [race]", "of", ("race", "sex, race")),
        ("compare: ratio, require: '0.9 to 1.1'", "compare", ("ratio", "difference")),
        ("reference: lowest", "reference", ("lowest", "rest")),
    ],
)
def test_an_inherited_rule_cannot_become_looser_without_a_waiver(write, change, name, values):
    rules = f"rules:\n  - {{id: gap, {change}}}\n"
    said = fails(write(policy=TOP + rules, house=HOUSE))
    assert "policy.yaml:8:" in said
    became = f"{name} is '{values[0]}', and was '{values[1]}' at house.yaml:"
    assert f"rules.gap.{name}: the inherited rule 'gap' became looser: {became}" in said
    assert "add a waiver for the rule 'gap'" in said
    waived = load(write(policy=TOP + rules + WAIVER, house=HOUSE))
    assert len(waived.notes) == 1
    assert waived.notes[0].endswith("accepted by the head until 2027-01-31: tried.")


@pytest.mark.parametrize(
    "change",
    [
        'require: "<= 0.05"',
        "effect: block",
        "judge: interval",
        "metric: [accuracy, selection_rate, precision]",
        "of: [race, sex]",
        "harm: low",
        "test: two_proportion_z",
        "require: '-0.1 to 0.05'",
        "title: Another, why: else, cite: x",
    ],
)
def test_an_inherited_rule_can_be_changed_otherwise(write, change):
    assert load(write(policy=TOP + f"rules:\n  - {{id: gap, {change}}}\n", house=HOUSE)).notes == ()


def test_a_rule_loosened_in_the_middle_is_told_where_it_is_written(write):
    middle = "evenhand: 1\nextends: house.yaml\nrules: [{id: gap, effect: report}]\n"
    said = fails(write(policy=TOP.replace("house", "middle"), middle=middle, house=HOUSE))
    assert "middle.yaml:3:27: rules.gap.effect: the inherited rule 'gap' became looser" in said


def test_a_mistake_in_an_extended_file_names_that_file(write):
    said = fails(write(policy=TOP, house=HOUSE.replace("compare: difference", "compare: differance")))
    assert said.startswith("house.yaml:9:14: rules.gap.compare: expected")
    assert "did you mean 'difference'" in said


def test_the_policy_comes_first_among_the_mistakes(write):
    said = fails(write(policy=TOP + "titel: x\n", house=HOUSE.replace("compare: difference", "compare: differance")))
    assert said.index("policy.yaml:7:1") < said.index("house.yaml:9")


def test_an_extended_file_that_is_no_yaml_names_its_line_and_hides_what_may_be_in_it(write):
    said = fails(write(policy=TOP + WAIVER, house="a: [1\nb: 2"))
    assert said.startswith("house.yaml:2:")
    assert said.count("house.yaml:") == said.count("yaml:")


def test_an_extended_file_has_to_be_a_map(write):
    assert "house.yaml:1:1: a policy is a map" in fails(write(policy=TOP, house="- a"))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("/etc/passwd.yaml", "is not a relative path"),
        ("C:/x.yaml", "is not a relative path"),
        ("'team\\x.yaml'", "is not a relative path"),
        ("~/x.yaml", "is not a relative path"),
        ("https://example.org/x.yaml", "never an address"),
        ("../other/x.yaml", "leaves the folder of the policy"),
        ("hose.yaml", "did you mean 'house.yaml'"),
        (".", "there is no file"),
        ("policy.yaml", "extends itself"),
        ("./policy.yaml", "extends itself"),
        ("conventions/four-fifth", "did you mean 'conventions/four-fifths'"),
        ("house", "there is no pack 'house'"),
        ("[[a]]", "expected the id of a pack or the path of a file"),
        ("{a: 1}", "expected the id of a pack or the path of a file"),
        ("", "nothing is written here"),
        ("nowhere/x.yaml", "there is no file"),
    ],
)
def test_what_cannot_be_extended_is_told_with_the_reason(write, written, said):
    text = fails(write(policy=TOP.replace("house.yaml", written), house=HOUSE))
    assert text.startswith("policy.yaml:3:")
    assert said in text


def test_a_link_does_not_lead_out_of_the_folder(tmp_path, write):
    path = write(inside__policy=TOP, outside__house=HOUSE).parent / "inside" / "policy.yaml"
    (path.parent / "house.yaml").symlink_to(tmp_path / "outside" / "house.yaml")
    assert "leaves the folder" in fails(path)


def test_files_that_extend_each_other_in_a_circle_are_told(write):
    said = fails(write(policy=TOP, house=HOUSE + "extends: b.yaml\n", b="evenhand: 1\nextends: house.yaml\n"))
    assert "b.yaml:2:10: extends: house.yaml extends itself, directly or through others" in said


def test_a_chain_of_eight_is_read_and_one_of_nine_is_told(write: Write):
    def chain(length: int) -> Path:
        files = {f"f{n}": f"evenhand: 1\nextends: f{n + 1}.yaml\n" for n in range(1, length)}
        return write(policy=TOP.replace("house", "f1"), **files, **{f"f{length}": HOUSE})

    assert load(chain(8)).rules[0].id == "gap"
    assert "more than 8 files extend each other in a row" in fails(chain(9))


def test_many_roads_to_one_file_are_not_walked_again(write):
    files = {f"f{n}": f"evenhand: 1\nextends: [{', '.join([f'f{n + 1}.yaml'] * 30)}]\n" for n in range(1, 8)}
    assert load(write(policy=TOP.replace("house", "f1"), **files, f8=HOUSE)).rules[0].id == "gap"


def test_a_policy_given_as_text_can_extend_packs_and_no_files():
    text = TOP.replace("house.yaml", "[conventions/four-fifths]")
    assert loads(text).origins["four-fifths"].startswith("conventions/four-fifths.yaml:")
    with pytest.raises(PolicyError, match="given as text has no folder"):
        loads(TOP)


# ---- packs ---------------------------------------------------------------------------------------------------------


def test_every_shipped_pack_is_listed():
    assert set(PACKS) <= {pack.id for pack in packs()}
    assert {pack.tier for pack in packs()} <= {"mandated", "conventions", "frameworks"}
    assert all(pack.path.is_file() and pack.title for pack in packs())


def extended(pack: str) -> Policy:
    outcome = "data: {decision: {column: d, favorable: 1}, outcome: {column: o, favorable: 1}}"
    return loads(TOP.replace("house.yaml", pack).replace("data: {decision: {column: d, favorable: 1}}", outcome))


@pytest.mark.parametrize("pack", PACKS)
def test_every_shipped_pack_can_be_extended_by_a_small_policy(pack):
    policy = extended(pack)
    assert policy.rules
    assert all(rule.basis == "convention" and rule.why for rule in policy.rules)
    assert list(policy.packs) == [pack]
    assert policy.title == "Top"


def stale(policy, day):
    """The packs whose sources nobody has looked at for too long."""
    return tuple(name for name, pack in policy.in_force.items() if pack.status.stale(day))


def test_a_pack_is_stale_the_day_after_its_last_day():
    policy = extended("conventions/four-fifths")
    assert stale(policy, datetime.date(2026, 12, 20)) == ()
    assert stale(policy, datetime.date(2026, 12, 21)) == ("conventions/four-fifths",)


def test_a_pack_whose_source_is_shaky_gives_a_warning_and_a_sound_one_does_not():
    day = datetime.date(2026, 11, 21)
    assert extended("conventions/four-fifths").warnings(day) == (
        "The pack conventions/four-fifths follows a source whose state is: rescission pending, as of 2026-11-20.",
    )
    assert extended("conventions/error-rate-balance").warnings(day) == ()


def test_a_pack_by_itself_says_what_it_lacks():
    said = fails(folder("policies") / "conventions" / "four-fifths.yaml")
    assert "the setting 'data' is missing" in said
    assert "the setting 'attributes' is missing" in said


PACK = """\
pack:
  id: house
  kind: house
  jurisdiction: our offices
  scope: all models
  status: {state: house, checked_on: 2026-11-20, recheck_after_days: 90}
  cites: [{ref: Minutes of the board, evidence: source}]
  limits: [It binds nobody else.]
"""


def test_a_whole_policy_may_be_a_pack(small):
    policy = loads(small + PACK)
    assert list(policy.in_force) == ["house"]
    assert stale(policy, datetime.date(2027, 2, 18)) == ()
    assert stale(policy, datetime.date(2027, 2, 19)) == ("house",)


def test_a_pack_in_a_file_of_ones_own_is_in_force_by_its_id_and_its_title(write):
    policy = load(write(house=HOUSE + PACK, policy=TOP))
    assert {name: pack.title for name, pack in policy.packs.items()} == {"house": "House rules"}
    assert policy.pack is None


def test_a_folder_that_does_not_ship_is_told():
    with pytest.raises(FileNotFoundError, match="there is no folder 'nonsense'"):
        folder("nonsense")
