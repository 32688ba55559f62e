"""Our result in the `model-index` of a card's YAML front matter, set there without touching another byte of it.

The front matter is parsed for places alone: what is written is the old text with ours put in. An author's comments,
order, quotes and line ends stay.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

from audit.cards.results import TASK
from audit.errors import DataError

#: As the Hub's own tools find it; a byte order mark may stand before it.
_FRONT = re.compile(r"\A(\ufeff?\s*---[ \t]*(?:\r\n|\n))(.*?)(^---[ \t]*(?:\r\n|\n|\Z))", re.DOTALL | re.MULTILINE)
_OPENED = re.compile(r"\A\ufeff?\s*---[ \t]*(?:\r\n|\n)")
_KEY = "model-index"


def with_results(text: str, result: Mapping[str, Any], model: str, name: str) -> str:
    """The card with our result in its front matter, in the place of an earlier one. Raises DataError if it cannot be
    put there.
    """
    break_ = "\r\n" if "\r\n" in text else "\n"
    found = _FRONT.match(text)
    if found is None:
        if _OPENED.match(text):
            raise DataError(f"{name}:1: the front matter begins with --- and does not end; close it with a line ---")
        bom = "\ufeff" if text.startswith("\ufeff") else ""
        made = f"---\n{_whole(result, model)}---\n\n".replace("\n", break_)
        return bom + made + text[len(bom) :]
    start, end = found.span(2)
    edited = _edited(text[start:end], result, model, name, break_)
    return text[:start] + edited + text[end:]


def body_at(text: str) -> int:
    """Where the card itself begins, after its front matter."""
    found = _FRONT.match(text)
    return found.end() if found else 0


def _edited(yaml_text: str, result: Mapping[str, Any], model: str, name: str, break_: str) -> str:
    top = _parsed(yaml_text, name)
    index = _get(top, _KEY) if top is not None else None
    if index is None:
        return yaml_text + _whole(result, model).replace("\n", break_)
    _is_plain(yaml_text, top, name)
    results = _results(index, name)
    ours = [item for item in results.value if _is_ours(item)]
    if len(ours) > 1:
        raise DataError(f"{_at(ours[1], name)}: a second result of {TASK!r} in {_KEY}; remove all but one")
    if results.flow_style:
        return _in_flow(yaml_text, results, ours, result)
    return _in_block(yaml_text, results, ours, result, break_)


# ---- reading -------------------------------------------------------------------------------------------------------


def _parsed(yaml_text: str, name: str) -> yaml.MappingNode | None:
    """The front matter with its places; None where it is empty."""
    try:
        top = yaml.compose(yaml_text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise DataError(f"{name}:{line}: the front matter is not YAML: {error.problem}; mend it") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise DataError(f"{name}: the front matter cannot be read: {str(error)[:200]}; mend it") from error
    if top is not None and not isinstance(top, yaml.MappingNode):
        raise DataError(f"{name}:2: the front matter is no list of keys and values; write key: value, or remove it")
    if top is not None and top.flow_style:
        raise DataError(f"{name}:2: the front matter is written in braces; write each key on a line of its own")
    return top


def _is_plain(yaml_text: str, top: yaml.MappingNode | None, name: str) -> None:
    """No key twice and no alias, or places would not be what they seem. Raises DataError."""
    twice = [key for key, _ in top.value if key.value == _KEY] if top is not None else []
    if len(twice) > 1:
        raise DataError(f"{_at(twice[1], name)}: {_KEY} a second time; remove one of the two")
    alias = next((one for one in yaml.scan(yaml_text) if isinstance(one, yaml.AliasToken)), None)
    if alias is not None:
        raise DataError(f"{_at(alias, name)}: an alias *{alias.value}; write out what it stands for")


def _results(index: yaml.Node, name: str) -> yaml.SequenceNode:
    """The results of ours, if they are there already, or else of the first model."""
    models = index.value if isinstance(index, yaml.SequenceNode) else []
    lists = [_get(model, "results") for model in models]
    usable = [one for one in lists if isinstance(one, yaml.SequenceNode) and (one.value or one.flow_style)]
    if len(usable) < len(lists) or not usable:
        raise DataError(
            f"{_at(index, name)}: {_KEY} has to be a list of models, each with a name and a list of results; mend it, "
            "or remove it and attach again"
        )
    return next((one for one in usable if any(_is_ours(item) for item in one.value)), usable[0])


def _get(node: yaml.Node, key: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)


def _is_ours(item: yaml.Node) -> bool:
    task = _get(item, "task")
    named = _get(task, "name") if task is not None else None
    return named is not None and named.value == TASK


def _at(node: yaml.Node | yaml.Token, name: str) -> str:
    return f"{name}:{node.start_mark.line + 2}"


# ---- writing -------------------------------------------------------------------------------------------------------


def _whole(result: Mapping[str, Any], model: str) -> str:
    return _plain({_KEY: [{"name": model, "results": [dict(result)]}]})


def _plain(content: Any) -> str:
    """As YAML, every text that is long on one line."""
    text: str = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=float("inf"))
    return text


def _in_flow(yaml_text: str, results: yaml.SequenceNode, ours: list[yaml.Node], result: Mapping[str, Any]) -> str:
    """In a list in brackets: as JSON, which is YAML too."""
    made = json.dumps(result, ensure_ascii=False)
    if ours:
        return yaml_text[: ours[0].start_mark.index] + made + yaml_text[ours[0].end_mark.index :]
    if not results.value:
        place = results.end_mark.index - 1
        return yaml_text[:place] + made + yaml_text[place:]
    place = results.value[-1].end_mark.index
    return f"{yaml_text[:place]}, {made}{yaml_text[place:]}"


def _in_block(
    yaml_text: str, results: yaml.SequenceNode, ours: list[yaml.Node], result: Mapping[str, Any], break_: str
) -> str:
    """In a list of lines: ours with the indentation of the others."""
    indent = " " * results.start_mark.column
    lines = _plain([dict(result)]).rstrip("\n").split("\n")
    made = break_.join(indent + line for line in lines)
    if ours:
        start, end = yaml_text.rindex("-", 0, ours[0].start_mark.index), _end(ours[0], yaml_text)
        return yaml_text[:start] + made[len(indent) :] + yaml_text[end:]
    end = yaml_text.find("\n", _end(results.value[-1], yaml_text))
    head = yaml_text[: end + 1] if end >= 0 else yaml_text + break_
    return head + made + break_ + yaml_text[len(head) :]


def _end(node: yaml.Node, yaml_text: str) -> int:
    """Where the last thing in a node ends: the node's own end would have the comments and empty lines after it."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
        return len(yaml_text[: node.end_mark.index].rstrip())
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last, yaml_text)
