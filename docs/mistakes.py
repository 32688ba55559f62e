"""The list of what can be wrong with data: each mistake is made in a folder, and its message written down."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import audit
from audit.policy import loads

_DECISION = "decision: {column: hired, favorable: yes}"
_GOOD = "sex,hired\nF,yes\nM,no\n"


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """Files, a policy's part `data` and its attribute, what is audited, and what to do about the error."""

    advice: str
    files: Mapping[str, str | bytes] = field(default_factory=lambda: {"people.csv": _GOOD})
    data: str = _DECISION
    attribute: str = "{column: sex}"
    table: object = "people.csv"


def _csv(text: str) -> dict[str, str | bytes]:
    return {"people.csv": text}


KINDS: dict[str, tuple[Mistake, ...]] = {
    "Files": (
        Mistake(table="peopel.csv", advice="Look at the path. A pattern goes in quotes, so that the shell leaves it."),
        Mistake(table="", advice="Often a variable of a script that is not set."),
        Mistake(
            files={"people.xlsx": b"PK"},
            table="people.xlsx",
            advice="Save the sheet as CSV, or read it with pandas and pass the frame from Python.",
        ),
        Mistake(files={"log/notes.md": "x"}, table="log", advice="Files that begin with `.` or `_` do not count."),
        Mistake(
            files={"log/a.csv": _GOOD, "log/b.parquet": b""},
            table="log",
            advice="Give a pattern, `'log/*.csv'`, and audit the others in a second run.",
        ),
        Mistake(
            files={"log/a.csv": _GOOD, "log/b.csv": _GOOD.replace(",", ";")},
            table="log",
            advice="The delimiter is read from the first line of each file: comma, semicolon, tab or `|`.",
        ),
        Mistake(files=_csv("\nF,yes\n"), advice="The first line has to name the columns."),
        Mistake(
            files={"people.csv": "größe,hired\n".encode("latin-1")},
            advice="In a spreadsheet: save as *CSV UTF-8*.",
        ),
        Mistake(files={"people.csv.gz": _GOOD}, table="people.csv.gz", advice="Rename the file, or compress it."),
        Mistake(
            files=_csv("sex,hired\nF,yes\nM,no,maybe\n"),
            advice="Often a comma inside a value: put the value in quotation marks.",
        ),
        Mistake(
            files=_csv('sex,hired\nF,yes\nM,"no\n'),
            advice="Close the quotation mark, or remove it.",
        ),
        Mistake(
            files=_csv("sex,hired\nF,yes\r\nM,no\n"),
            advice="Often files of two systems put together: save it anew, or put them into one folder as they are.",
        ),
        Mistake(files=_csv("sex,hired\n"), advice="An export that broke off, or a filter that keeps nothing."),
        Mistake(
            table="SELECT 1; SELECT 2",
            advice="One SELECT, on the command line in double quotes, with file names in single ones.",
        ),
        Mistake(table=[1, 2], advice="From Python only: pass the frame itself."),
    ),
    "Columns": (
        Mistake(
            files=_csv("sex,hierd\nF,yes\n"),
            advice="Names are compared exactly, capitals and blanks included. Mend the policy or the table.",
        ),
        Mistake(files=_csv("sex,hired,hired\nF,yes,no\n"), advice="Which of the two is meant cannot be known."),
        Mistake(
            files={"log/a.csv": _GOOD, "log/b.csv": "sex,income\nF,3\n"},
            table="log",
            advice="Every file needs every column that the policy reads; other columns may differ.",
        ),
    ),
    "Values": (
        Mistake(
            files=_csv("sex,hired\nF,yes\nM,no\nM,\n"),
            advice="Find out why the decision is missing. If such rows have no place in the audit, exclude them: they "
            "are counted, and the report says how many.",
        ),
        Mistake(
            files=_csv("sex,hired\nF,yes\nM,no\nM,withdrawn\n"),
            advice="Either the third value is a no, then list both in `otherwise`, or all in `order` and write "
            "rules about [classes and tiers](policy-language.md#classes-and-tiers); or it is none of the two, then "
            "list the one that means no, and set `unusable: exclude`.",
        ),
        Mistake(
            files=_csv("sex,hired\nF,yes\nM,no\nM,withdrawn\n"),
            data="decision: {column: hired, favorable: yes, otherwise: [no]}",
            advice="As above. Texts are compared exactly: `Yes` is not `yes`.",
        ),
        Mistake(
            files=_csv("sex,hired,repaid\nF,yes,1\nM,no,\n"),
            data=f"{_DECISION}\n  outcome: {{column: repaid, favorable: 1}}",
            advice="People whose outcome is not known yet: exclude and count them. If nearly all of one kind of row "
            "lack it, error rates may not be worth computing.",
        ),
        Mistake(
            files=_csv("sex,score\nF,0.7\nM,high\n"),
            data="score: {column: score, cutoff: 0.5, favorable: at_least}",
            advice="A decimal point, not a comma; no percent sign.",
        ),
        Mistake(
            files=_csv("sex,hired,weight\nF,yes,1.5\nM,no,-2\n"),
            data=f"{_DECISION}\n  weight: {{column: weight, kind: sampling}}",
            advice="See [weights](#weights) for what is accepted.",
        ),
        Mistake(
            files=_csv("sex,hired,weight\nF,yes,1\nM,no,\n"),
            data=f"{_DECISION}\n  weight: {{column: weight, kind: frequency}}",
            advice="A missing weight is not read as 1 and not as 0.",
        ),
        Mistake(
            files=_csv("sex,hired\nF,yes\nM,no\nX,no\n"),
            attribute="{column: sex, values: [F, M]}",
            advice="Declaring `values` is how a policy finds out about new or misspelt groups.",
        ),
    ),
    "Groups": (
        Mistake(
            attribute="{column: sex, reference: {fixed: Male}}",
            advice="The reference has to be named as the column has it, after `merge` and `bins`.",
        ),
    ),
}


def message(mistake: Mistake) -> str:
    """What an audit with this mistake says; AssertionError if it says nothing."""
    policy = f"""
evenhand: 1
title: A mistake
data:
  {mistake.data}
attributes:
  sex: {mistake.attribute}
rules:
  - {{id: ratio, metric: selection_rate, compare: ratio, require: ">= 4/5"}}
"""
    with tempfile.TemporaryDirectory() as place, contextlib.chdir(place):
        for name, content in mistake.files.items():
            Path(name).parent.mkdir(exist_ok=True)
            Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
        try:
            audit.run(loads(policy), mistake.table)
        except audit.DataError as error:
            return str(error).replace(os.sep, "/")
    raise AssertionError(f"no error: {mistake}")


def listing() -> str:
    """Every mistake with its message, as a list for each kind."""
    return "\n\n".join(_listed(kind, mistakes) for kind, mistakes in KINDS.items())


def _listed(kind: str, mistakes: tuple[Mistake, ...]) -> str:
    said: dict[str, str] = {message(mistake): mistake.advice for mistake in mistakes}
    return "\n\n".join([f"### {kind}", *(f"```text\n{text}\n```\n\n{advice}" for text, advice in said.items())])
