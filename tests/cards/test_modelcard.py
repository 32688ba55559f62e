"""A model card keeps every byte of its author's, and the Hub's own library reads what we put into it."""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from huggingface_hub import ModelCard
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import cli
from audit.cards.facts import facts
from audit.cards.frontmatter import with_results
from audit.cards.modelcard import BEGIN, END, attach, carded
from audit.cards.results import TASK, results_of
from audit.errors import DataError
from audit.render.clean import cleaned, markdown
from audit.runs import opened
from audit.runs.manifest import FileNote, read, to_bytes

CARD = """---
# chosen by the team
license: mit   # not final
tags: [risk, "court"]
model-index:   # ours and theirs
- name: Broward
  results:
    - task: {type: tabular-classification}
      dataset:
        name: Held out
        type: own/held-out
      metrics:
      - type: accuracy
        value: 0.65   # on the held-out year

    # more to come
language: en
---
# A model

Text with — signs.
"""


def without_ours(text: str) -> str:
    """The text with what stands between our marks, and our result, cut out by hand."""
    text = re.sub(rf"(\r?\n)?{BEGIN}.*?{END}(\r?\n)?", "", text, flags=re.DOTALL)
    return re.sub(
        rf"^ *- task:\r?\n *type: tabular-classification\r?\n *name: {TASK}\r?\n.*?url: \S+\r?\n",
        "", text, flags=re.DOTALL | re.MULTILINE,
    )  # fmt: skip


@pytest.mark.parametrize("breaks", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["", "\n"])
def test_every_byte_of_the_author_s_stays(told, breaks, bom, end):
    card = bom + (CARD.rstrip("\n") + end).replace("\n", breaks)
    once = carded(card, told)
    assert without_ours(once).rstrip() == card.rstrip()
    assert once.endswith(END) == (not end)
    assert once.startswith(bom)
    assert carded(once, told) == once
    assert "\n" not in once.replace("\r\n", "") if breaks == "\r\n" else "\r" not in once


def test_the_library_of_the_hub_reads_the_results_and_writes_them_back(told, tmp_path):
    path = tmp_path / "README.md"
    path.write_text(CARD, encoding="utf-8")
    attach(told, path)
    card = ModelCard.load(path)
    assert card.data.model_name == "Broward"
    assert card.data.license == "mit"
    theirs, *ours = card.data.eval_results
    assert (theirs.metric_type, theirs.metric_value) == ("accuracy", 0.65)
    assert {one.task_name for one in ours} == {TASK}
    assert ours[0].metric_args["result_sha256"] == told.digest
    lead = next(one for one in ours if one.metric_args.get("rule") == "wrongly-flagged")
    [rule] = [rule for rule in told.shown.rules if rule.id == "wrongly-flagged"]
    values = [finding.value for finding in told.shown.findings if finding.rule == rule.id]
    assert lead.metric_args["verdict"] == rule.verdict
    assert lead.metric_value in values
    assert lead.source_url == "https://example.com/audits/7"
    card.save(path)
    attach(told, path)
    again = ModelCard.load(path)
    assert again.data.eval_results == card.data.eval_results
    assert path.read_text(encoding="utf-8").count(TASK) == 1


#: In lines and in brackets, indented in several ways, with texts of several lines.
FRONTS = {
    "one key": "license: mit\n",
    "nothing": "",
    "no results": "model-index:\n- name: x\n  results: []\n",
    "brackets": """\
model-index: [{name: x, results: [{task: {type: a}, dataset: {type: b, name: c}, metrics: [{type: d, value: 1}]}]}]
""",
    "results first": """\
model-index:
  - results:
      - dataset: {type: b, name: c}
        task: {type: a}
        metrics:
        - {type: d, value: 1}
    name: x
""",
    "a text of lines": """\
model-index:
- name: x
  results:
  - dataset: {type: b, name: c}
    task: {type: a}
    metrics:
    - type: d
      value: 1
      name: |
        a text
        of lines
language: en
""",
}


@pytest.mark.parametrize("front", FRONTS.values(), ids=FRONTS)
def test_front_matter_in_every_way_of_writing_holds_the_results(told, front):
    before = yaml.safe_load(front) or {}
    text = f"---\n{front}---\nbody\n"
    once = with_results(text, results_of(told), "The model", "README.md")
    after = yaml.safe_load(once.split("---\n")[1])
    assert {name: value for name, value in after.items() if name != "model-index"} == {
        name: value for name, value in before.items() if name != "model-index"
    }
    theirs = [one for model in before.get("model-index", []) for one in model["results"]]
    results = [one for model in after["model-index"] for one in model["results"]]
    assert [one for one in results if one["task"].get("name") != TASK] == theirs
    [ours] = [one for one in results if one["task"].get("name") == TASK]
    assert ours == yaml.safe_load(yaml.safe_dump(results_of(told)))
    assert with_results(once, results_of(told), "The model", "README.md") == once
    assert once.endswith("---\nbody\n")


def test_a_card_without_front_matter_or_without_a_file_gets_both(told, tmp_path):
    path = tmp_path / "new" / "README.md"
    attach(told, path)
    assert ModelCard.load(path).data.model_name == told.model
    assert path.read_text(encoding="utf-8").count(BEGIN) == 1
    once = carded("\ufeff# Title\n", told)
    assert once.startswith("\ufeff---\nmodel-index:\n")
    assert "---\n\n# Title\n\n<!-- evenhand:begin -->\n" in once


def test_a_link_stays_a_link_and_permissions_stay(told, tmp_path):
    card, link = tmp_path / "card.md", tmp_path / "README.md"
    card.write_text("# A\n", encoding="utf-8")
    card.chmod(0o640)
    link.symlink_to(card.name)
    attach(told, link)
    assert link.is_symlink()
    assert BEGIN in card.read_text(encoding="utf-8")
    assert card.stat().st_mode & 0o777 == 0o640


def test_the_author_may_choose_the_place_of_the_section(told):
    once = carded(f"# A\n\n{BEGIN}\n{END}\n\n## After\n", told)
    assert once.index("# A") < once.index("## Fairness audit") < once.index("## After")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"a\n{BEGIN}\nb\n", "README.md:2: a mark evenhand:begin"),
        (f"{END}\n{BEGIN}\n", "one <!-- evenhand:begin -->, and after it one"),
        (f"{BEGIN}\n{END}\n{BEGIN}\n{END}\n", "README.md:4: a mark evenhand:end"),
        ("---\na: b\n", "README.md:1: the front matter begins with --- and does not end"),
        ("---\na: [\n---\n", "the front matter is not YAML"),
        ("---\na: 1\na: *b\n---\n", "the front matter is not YAML"),
        ("---\n- a\n---\n", "README.md:2: the front matter is no list of keys"),
        ("---\n{a: b}\n---\n", "written in braces"),
        ("---\na: \x01\n---\n", "cannot be read"),
        (f"---\na: {'[' * 3000}\n---\n", "cannot be read"),
        ("---\nmodel-index:\n---\n", "README.md:2: model-index has to be a list of models"),
        ("---\nmodel-index:\n- name: x\n---\n", "README.md:3: model-index has to be a list of models"),
        ("---\na: &x 1\nb: *x\nmodel-index:\n- {name: y, results: []}\n---\n", "README.md:3: an alias *x"),
        ("---\nmodel-index: []\nmodel-index: []\n---\n", "README.md:3: model-index a second time"),
        (
            f"---\nmodel-index: [{{results: [{{task: {{name: {TASK}}}}}, {{task: {{name: {TASK}}}}}]}}]\n---\n",
            "a second result of",
        ),
    ],
)
def test_a_card_that_cannot_be_changed_safely_is_left_alone(told, tmp_path, text, said):
    path = tmp_path / "README.md"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as refused:
        attach(told, path)
    assert said in str(refused.value)
    assert path.read_text(encoding="utf-8") == text


def test_a_card_that_is_not_utf8_is_left_alone(told, tmp_path):
    path = tmp_path / "README.md"
    path.write_bytes("caf\xe9".encode("latin-1"))
    with pytest.raises(DataError, match=r"not text in UTF-8 .* byte 3"):
        attach(told, path)
    with pytest.raises(DataError, match="cannot be read"):
        attach(told, tmp_path)
    assert path.read_bytes() == b"caf\xe9"


@settings(max_examples=10)
@given(before=st.text(st.characters(exclude_categories=("Cs",)), max_size=60))
def test_whatever_the_text_is_it_stays_before_the_section(told, before):
    if re.match(r"\ufeff?\s*---", before) or "evenhand:" in before:
        return
    once = carded(before, told)
    assert without_front(once).startswith(before.removeprefix("\ufeff"))
    assert carded(once, told) == once


def without_front(text: str) -> str:
    return re.sub(r"\A\ufeff?---\r?\n.*?^---\r?\n\r?\n", "", text, flags=re.DOTALL | re.MULTILINE)


# ---- what is told --------------------------------------------------------------------------------------------------


def test_the_section_has_the_parts_of_a_model_card(told):
    text = carded("", told)
    heads = re.findall(r"^##+ (.*)$", text, re.MULTILINE)
    assert heads == [
        "Fairness audit", "Factors", "Verdicts", "Quantitative analyses, unitary",
        "Quantitative analyses, intersectional", "Limits of this audit", "How to verify",
    ]  # fmt: skip
    assert told.shown.headline in text
    assert "- race &amp; sex: 12 groups, " in text
    assert f"[`{told.digest}`](<https://example.com/audits/7>)" in text


def test_a_public_card_tells_nothing_that_the_public_rendering_withholds(told):
    gone = {(row.attribute, row.group) for row in told.shown.groups if row.n is None}
    assert gone
    text = carded("", told)
    for attribute, group in gone:
        start = f"| {markdown(group)} | "
        lines = [line for line in text.splitlines() if line.startswith(start)]
        assert lines, attribute
        assert not [line for line in lines if re.search("[0-9]", line.removeprefix(start))]


def test_a_public_card_holds_no_digest_by_which_withheld_counts_could_be_tried_out(told):
    manifest = told.run.manifest
    text = carded("", told)
    assert not [name for name, note in manifest.files.items() if note.sha256 in text]
    assert manifest.run not in text


def test_the_digest_of_a_public_card_is_that_of_the_result_that_render_writes(told, tmp_path):
    words = ["render", str(told.run.folder / "result.json"), "--rendering", "public", "--format", "json"]
    cli.run([*words, "--out", str(tmp_path)])
    assert hashlib.sha256((tmp_path / "result.json").read_bytes()).hexdigest() == told.digest


def test_without_a_disclosure_part_nothing_is_published_by_default(open_run, tmp_path):
    with pytest.raises(DataError, match="or show every number with --rendering restricted"):
        facts(opened(open_run))
    told = facts(opened(open_run), "restricted")
    assert told.digest == told.run.manifest.run
    assert f"Run `{told.digest}`" in carded("", told)


def test_what_a_policy_says_cannot_end_the_section_or_the_front_matter(told):
    said = f"a\n---\n{END} | `x` [l](javascript:1) <b>"
    subject = replace(told.shown.subject, name=said, out_of_scope=(said,))
    shown = cleaned(replace(told.shown, subject=subject, headline=said, title=said))
    text = carded("# Mine\n", replace(told, shown=shown))
    assert text.split("---\n", 2)[2].count(END) == 1
    assert "<b>" not in text.split("---\n", 2)[2]
    assert "[l](" not in text.split("---\n", 2)[2]
    assert ModelCard(text).data["model_name"] == f"{shown.subject.name} {shown.subject.version}"
    assert carded(text, replace(told, shown=shown)) == text


def test_a_run_that_was_changed_is_not_spoken_of(open_run, tmp_path):
    copy = tmp_path / "run"
    shutil.copytree(open_run, copy)
    result = copy / "result.json"
    result.write_text(result.read_text(encoding="utf-8").replace('"fail"', '"pass"'), encoding="utf-8")
    with pytest.raises(DataError, match=r"result\.json: the file was changed"):
        opened(copy)


@pytest.mark.parametrize(("content", "said"), [(b"{}", "has schema None"), (None, "the manifest lists no result.json")])
def test_a_run_without_a_result_that_can_be_read_is_not_spoken_of(open_run, tmp_path, content, said):
    folder = Path(shutil.copytree(open_run, tmp_path / "run"))
    manifest = read(folder)
    files = {name: note for name, note in manifest.files.items() if name != "result.json"}
    (folder / "result.json").unlink()
    if content is not None:
        (folder / "result.json").write_bytes(content)
        files["result.json"] = FileNote(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
    made = replace(manifest, files=files)
    (folder / "manifest.json").write_bytes(to_bytes(replace(made, run=made.content())))
    with pytest.raises(DataError, match=said):
        opened(folder)
