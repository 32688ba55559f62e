"""The YAML door keeps text as written, knows where everything is, and refuses what a policy never needs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from audit.errors import PolicyError
from audit.policy import load, loads
from audit.policy.yaml_door import MAX_BYTES, Plain, Refused, locate, plain, read


def content(text: str | bytes) -> Any:
    return plain(read(text, name="x.yaml"))


@pytest.mark.parametrize(
    "word",
    ["yes", "no", "on", "off", "y", "NO", "12:30:45", "2026-01-01", "0x1F", "0o17", "inf", ".inf", "1_000", "=", "1e"],
)
def test_what_yaml_1_2_takes_for_text_stays_text(word):
    value = content(f"a: {word}")["a"]
    assert value == word
    assert not isinstance(value, Plain)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("010", "number"),
        ("1e-3", "number"),
        ("-1.50", "number"),
        (".5", "number"),
        ("5.", "number"),
        ("true", "bool"),
        ("False", "bool"),
    ],
)
def test_numbers_and_truth_values_keep_the_text_they_were_written_with(word, kind):
    value = content(f"a: {word}")["a"]
    assert value == word
    assert isinstance(value, Plain)
    assert value.kind == kind


def test_a_quoted_number_is_text():
    assert not isinstance(content('a: "1"')["a"], Plain)


def test_a_character_that_json_writes_as_two_escapes_is_one_character():
    assert content(r'"\ud835\udd18": ["x\ud835\udd18y", "\U0001D518"]') == {"𝔘": ["x𝔘y", "𝔘"]}


@pytest.mark.parametrize("word", ["", "~", "null", "Null", "NULL"])
def test_null_is_nothing(word):
    assert content(f"a: {word}") == {"a": None}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: 1\na: 2", "'a' is here twice; first on line 1"),
        ("a: &x 1", "anchors"),
        ("a: *x", "anchors"),
        ("a: {<<: {b: 1}}", "merge keys"),
        ("a: !!str 1", "tags"),
        ("a: !!python/object:os.system x", "tags"),
        ("a: !mine {b: 1}", "tags"),
        ("a: ! x", "tags"),
        ("? [1, 2]\n: 3", "a key has to be text"),
        ("? null\n: 3", "a key has to be text"),
        ("a: 1\n---\nb: 2", "second document"),
        ("", "empty"),
        ("# only a comment\n", "empty"),
        ("a: b: c", "mapping values are not allowed"),
        ("a:\n\tb: 1", "cannot start any token"),
        ("a: [1", "this is not YAML"),
        ("a: \x07", "a character that a text file does not hold"),
        ('a: "\\a"', "U+0007"),
        ('a: "\\ud800"', "U+D800"),
        ('a: "\\udd18"', "U+DD18"),
        ('a: "\\udd18\\ud835"', "U+DD18"),
        ('a: "\\ud835 \\udd18"', "U+D835"),
        ('a: "\\UFFFFFFFF"', "out of range"),
        ("%YAML 1." + "9" * 5000 + "\n--- a", "out of range"),
        ("%YAML 2.0\n--- a", "this is not YAML"),
        ("\ud800", "does not hold"),
    ],
)
def test_what_a_policy_never_needs_is_refused_with_the_reason(text, reason):
    with pytest.raises(Refused) as caught:
        content(text)
    assert reason in caught.value.message


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("a: b: c", "put text that holds ': ' in quotes"),
        ("a:\n b: 1\n  c: 2", "or begin this line in the column of the one above"),
        ("a:\n\tb: 1", "indent with spaces, not with tabs"),
        ("require: >= 0.8", 'in quotes, as in ">= 4/5"'),
        ("owner: @us", "put text that begins with a sign in quotes"),
        ('a: 1\nb: "x\nc: 2\n', "the quotation mark on line 2 is not closed"),
        ("a: {b: c\nd: {e: f}", "the bracket that opens on line 1 is not closed"),
        ("a: 1\nb: [c\nd: e", "the bracket that opens on line 2 is not closed"),
        ("a:\n b: {x: 1}\n  c: {d: 2}", "lines that belong together begin in the same column"),
        ("a: 1\nb 2\nc: 3", "write 'key: value' on line 2"),
    ],
)
def test_common_slips_in_yaml_are_told_with_what_to_write(text, help):
    with pytest.raises(Refused) as caught:
        content(text)
    assert help in caught.value.help


def test_a_quoted_merge_sign_is_only_text():
    assert content('"<<": 1') == {"<<": "1"}


def test_every_value_knows_its_place():
    tree = read("a:\n  b: [x, yy]\n", name="x.yaml")
    at = locate(tree, ("a", "b", 1))
    assert (at.line, at.column, at.width) == (2, 10, 2)
    assert str(at) == "x.yaml:2"
    key = locate(tree, ("a", "b", 1), key=True)
    assert (key.line, key.column) == (2, 10)
    assert locate(tree, ("a", "nothing", 7)).line == 1


def test_a_byte_order_mark_is_no_part_of_the_text():
    assert content(b"\xef\xbb\xbfa: 1") == {"a": "1"}


def test_bytes_that_are_not_utf8_are_refused_with_their_line():
    with pytest.raises(Refused) as caught:
        content(b"a: 1\nb: \xff")
    assert (caught.value.message, caught.value.place.line) == ("this is not UTF-8 text", 2)


BOMBS = {
    "nested lists": "[" * 50_000,
    "nested maps": "{a: " * 5_000,
    "nested items": "- " * 20_000,
    "nested keys": "? " * 20_000,
    "many values": "[" + "1," * 60_000 + "]",
    "laughs": "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]",
    "large": "#" * (MAX_BYTES + 1),
    "one long text": "a: " + "x" * 900_000,
    "quotes": 'a: "' + "\\n" * 400_000,
    "directives": "%TAG ! x\n" * 40_000,
}


@pytest.mark.no_cover
@pytest.mark.parametrize("bomb", BOMBS)
def test_no_bomb_hangs_or_crashes(bomb):
    began = time.process_time()
    with pytest.raises(PolicyError):
        loads(BOMBS[bomb])
    assert time.process_time() - began < 30


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 60, "40 levels"),
        pytest.param("[" + "1," * 60_000 + "]", "50,000 values", marks=pytest.mark.no_cover),
        ("#" * (MAX_BYTES + 1), "1,000,000"),
    ],
)
def test_each_limit_says_its_number(text, reason, problems):
    assert reason in problems(text)[0]


@pytest.mark.parametrize(
    ("part", "line", "said"),
    [
        ("attributes", "  a{}: {{column: a}}\n", "at most 100 attributes, found 2,100"),
        ("intersections", "  - [a{0}, b{0}]\n", "at most 200 intersections, found 2,100"),
        (
            "rules",
            "  - {{id: r{}, metric: accuracy, compare: value, require: '>= 0.5'}}\n",
            "at most 2,000 rules, found 2,100",
        ),
        ("waivers", "  - {{rule: r{}}}\n", "at most 2,000 waivers, found 2,100"),
    ],
)
def test_a_policy_that_nobody_could_read_is_refused_at_once(problems, part, line, said):
    (found,) = problems(f"evenhand: 1\n{part}:\n" + "".join(line.format(number) for number in range(2100)))
    assert said in found


@pytest.mark.no_cover
def test_many_rules_about_many_attributes_are_read_in_seconds(head):
    rule = "  - {{id: r{}, metric: selection_rate, compare: ratio, require: '>= 4/5'}}\n"
    more = "".join(f"  a{number}: {{column: a}}\n" for number in range(98))
    began = time.process_time()
    policy = loads(head + more + "rules:\n" + "".join(rule.format(number) for number in range(300)))
    assert len(policy.rules[0].of) == 100
    assert time.process_time() - began < 60


@pytest.mark.parametrize("text", ["- a", "just text", "1"])
def test_a_policy_has_to_be_a_map(text, problems):
    assert "a policy is a map" in problems(text)[0]


def test_files_that_cannot_be_read_are_errors_that_say_why(tmp_path: Path):
    (tmp_path / "policy.yaml").write_text("evenhand: 1")
    with pytest.raises(PolicyError, match=r"there is no such file\n  = help: did you mean 'policy.yaml'"):
        load(tmp_path / "polcy.yaml")
    with pytest.raises(PolicyError, match=r"there is no such file$"):
        load(tmp_path / "nowhere" / "polcy.yaml")
    with pytest.raises(PolicyError, match="this is a folder"):
        load(str(tmp_path))
    with pytest.raises(PolicyError, match="cannot be read"):
        load(tmp_path / "nul\0byte.yaml")
    with pytest.raises(PolicyError, match="cannot be read"):
        load(tmp_path / ("x" * 400))
