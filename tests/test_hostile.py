"""Names made to do harm, from a table and a policy to every format: they are shown, and do nothing."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser

import pandas as pd
import pypdf
import pytest

import audit
from audit import cli
from audit.errors import PolicyError
from audit.policy import loads
from audit.render import FORMATS
from audit.result import from_json

NAMES = {
    "script": "<script>alert(1)</script>",
    "image": "<img src=x onerror=alert(1)>",
    "close": "</td></table><h1>Pass</h1><!--",
    "attribute": '" onmouseover="alert(1)" x=\'',
    "style": "</style><style>.fail{display:none}",
    "entity": "&lt;b&gt;&#60;script&#62;&amp;",
    "template": "{{7*7}}{% raw %}{{ config }}{# x #}",
    "format": "{0.__class__}{group}%s%n",
    "markdown": "[x](javascript:alert(1)) ![i](http://h.example/i) **Pass** `x` | y",
    "link": "http://h.example/ www.h.example @everyone",
    "formula": "=cmd|' /C calc'!A0",
    "plus": "+SUM(A1:A2)",
    "sql": '"; DROP TABLE frame; --',
    "apostrophe": "' OR '1'='1",
    "right to left": "\u202eelam\u202c \u200fx\u2066y",
    "escape": "\x1b[2J\x1b[31mred\x1b]0;title\x07",
    "control": "a\x00b\x08c\x7fd\x9be",
    "lines": "one\ntwo\r\n# three\u2028four\tfive",
    "path": "../../etc/passwd",
    "device": "C:\\CON\\..\\x",
    "width": "\u200b\ufeffjoined\u00ad",
    "marks": "e" + "\u0301" * 200,
    "long": "L" * 10_240,
    "pieces": "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 🏳️‍🌈 日本語 עברית العربية",
    "yaml": "a: b # c",
    "number": "1e309",
    "nothing": "None",
}
#: What a policy may hold; it refuses characters that cannot be shown.
WRITABLE = {key: name for key, name in NAMES.items() if key not in {"escape", "control", "lines"}}
EVERYTHING = " ".join(name for name in WRITABLE.values() if len(name) < 1000)
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
#: A page sets right-to-left names apart by a pair of marks of its own.
APART = re.compile("\u2068([^\u2066-\u2069]*)\u2069")


def written(*, decision="d", group="g", attribute="g", text="plain"):
    """The text of a policy whose columns and free texts are these; JSON is YAML, so every character can be written."""
    rule = {"metric": "selection_rate", "of": [attribute], "compare": "ratio", "require": ">= 4/5", "title": text}
    plain = {
        "evenhand": 1,
        "title": text,
        "subject": {"name": text, "version": text, "owner": text, "purpose": text, "out_of_scope": [text]},
        "data": {"decision": {"column": decision, "favorable": 1}},
        "attributes": {attribute: {"column": group}},
        "rules": [{"id": "r", **rule, "why": text, "cite": text}],
        "waivers": [{"rule": "r", "reason": text, "approved_by": text, "expires": "2999-12-31"}],
        "signoff": {"roles": [text]},
    }
    return json.dumps(plain, ensure_ascii=False)


def law(**said):
    """Such a policy, read."""
    return loads(written(**said))


def people(names, decision="d", group="g"):
    """Forty rows of each group, every second group selected less often."""
    rows = [(name, int(i % 4 < 2 + place % 2)) for place, name in enumerate(names) for i in range(40)]
    return pd.DataFrame(rows, columns=[group, decision])


@pytest.fixture(scope="module")
def hostile():
    """A result full of such names."""
    return audit.run(law(text=EVERYTHING), people(NAMES.values()))


@pytest.fixture(scope="module")
def harmless():
    """The same audit with harmless names."""
    return audit.run(law(), people([f"group {i}" for i in range(len(NAMES))]))


class _Tags(HTMLParser):
    """The elements and attributes of a page, and its text."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.targets, self.text = set(), set(), set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.targets.update(value or "" for name, value in attrs if name in ("href", "src", "action", "xlink:href"))

    def handle_data(self, data):
        self.text.append(data)


def parsed(page):
    parser = _Tags()
    parser.feed(page)
    return parser


# ---- from the table to every format --------------------------------------------------------------------------------


def test_every_name_is_a_group_of_its_own(hostile):
    assert {row.group for row in hostile.groups} == set(NAMES.values())
    assert all(row.n == 40 for row in hostile.groups)


def test_a_page_has_no_elements_but_its_own(hostile, harmless):
    bad, good = (parsed(FORMATS["html"].write(result).decode()) for result in (hostile, harmless))

    assert bad.tags <= good.tags
    assert bad.attributes <= good.attributes
    assert "script" not in bad.tags
    assert not [name for name in bad.attributes if name.startswith("on")]
    assert not [target for target in bad.targets if not target.startswith(("#", "data:"))]
    shown = "".join(bad.text).replace("\u200b", "")
    assert "{{7*7}}" in shown
    assert "<script>alert(1)</script>" in shown


@pytest.mark.parametrize("name", ["html", "markdown", "text"])
def test_no_hidden_character_reaches_a_reader(name, hostile):
    made = FORMATS[name].write(hostile).decode()

    assert not HIDDEN.findall(APART.sub(r"\1", made))
    assert len(max(made.split(), key=len)) < 400_000


def test_markdown_has_no_markup_but_its_own(hostile):
    made = FORMATS["markdown"].write(hostile).decode()

    assert not re.search(r"<\s*(script|img|h1|style|td|b)\b", made)
    assert not re.search(r"(?<!\\)\]\(", made)
    assert "49" not in re.findall(r"\{\{?7\*7|\b49\b", made)
    assert not re.search(r"^\s*#+ three", made, re.MULTILINE)
    assert "@everyone" not in made


def test_a_pdf_does_nothing_but_show():
    result = audit.run(
        law(text=f"{NAMES['script']} {NAMES['template']} {NAMES['right to left']}"), people(NAMES.values())
    )
    made = FORMATS["pdf"].write(result)
    document = pypdf.PdfReader(io.BytesIO(made))
    shown = "".join(page.extract_text() for page in document.pages)
    actions = [
        annotation.get_object().get("/A", {}).get("/S")
        for page in document.pages
        for annotation in page.get("/Annots", [])
    ]

    assert not re.search(rb"/(JavaScript|JS|Launch|SubmitForm|OpenAction|RichMedia)\b", made)
    assert set(actions) <= {None, "/GoTo"}
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x1b]", shown)
    assert "alert(1)" in shown


def test_a_result_keeps_every_name_as_it_is(hostile):
    made = FORMATS["json"].write(hostile)

    assert not re.search(rb"[\x00-\x09\x0b-\x1f]", made)
    assert {row.group for row in from_json(made.decode()).groups} == set(NAMES.values())


def test_the_summary_does_nothing_to_a_terminal(tmp_path, capsys):
    policy, table = tmp_path / "policy.yaml", tmp_path / "x.csv"
    policy.write_text(written(text=EVERYTHING), encoding="utf-8")
    people(list(NAMES.values())).to_csv(table, index=False)
    code = cli.run(["audit", str(policy), str(table), "--format", "text", "--out", str(tmp_path / "out")])
    out, err = capsys.readouterr()

    assert code in {0, 1, 3}
    assert not HIDDEN.findall(out + err)
    assert "red" in out


@pytest.mark.parametrize("name", ["escape", "control", "lines"])
def test_a_policy_does_not_hold_what_cannot_be_shown(name):
    with pytest.raises(PolicyError, match=r"cannot be shown|does not hold"):
        law(text=NAMES[name])


@pytest.mark.parametrize("name", WRITABLE)
def test_a_column_may_have_any_name_or_is_refused(name, tmp_path, capsys):
    column = NAMES[name]
    table = people(["a", "b"], decision=f"d{column}", group=column)
    policy = written(decision=f"d{column}", group=column, attribute=column.strip()[:60])
    result = audit.run(loads(policy), table)
    assert [row.n for row in result.groups] == [40, 40]
    assert not HIDDEN.findall(APART.sub(r"\1", FORMATS["html"].write(result).decode()))

    path = tmp_path / "x.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([list(table.columns), *table.itertuples(index=False, name=None)])
    (tmp_path / "policy.yaml").write_text(policy, encoding="utf-8")
    code = cli.run(
        ["audit", str(tmp_path / "policy.yaml"), str(path), "--format", "text", "--out", str(tmp_path), "-q"]
    )
    out, err = capsys.readouterr()
    assert code in {0, 2}  # its one failure is waived, or the file is refused
    assert not HIDDEN.findall(out + err)
    assert "mistake in evenhand" not in err


@pytest.mark.parametrize("name", NAMES)
def test_an_error_that_quotes_a_value_is_harmless(name, tmp_path, capsys):
    """The message that names undeclared values is the shortest way from a table to a terminal."""
    (tmp_path / "policy.yaml").write_text(written())
    pd.DataFrame({"g": ["a"] * 3, "d": ["1", "0", NAMES[name]]}).to_csv(tmp_path / "x.csv", index=False)
    code = cli.run(["audit", str(tmp_path / "policy.yaml"), str(tmp_path / "x.csv")])
    out, err = capsys.readouterr()

    assert code == 2
    assert not HIDDEN.findall(out + err)
    assert err.endswith("no audit was performed\n")
    assert len(err) < 15_000
