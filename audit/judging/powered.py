"""Powered: what the data could have shown at the tails that decided, and how many more would likely settle the rest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.judging.evidence import Evidence, knowing
from audit.judging.weigh import Weighed
from audit.policy.statistics import Statistics
from audit.result.records import PowerNote
from audit.stats.asked import Asked
from audit.stats.contrasts import Contrast, ShareDifferences, ShareRatios, Shares
from audit.stats.ranges import Extreme
from audit.stats.settle import Detectable, Further, detectable, further
from audit.words.power_words import MOST

Array = NDArray[np.float64]
Places = NDArray[np.intp]
#: The chance with which something is to be shown.
POWER = 0.8


def with_power(blocks: Sequence[Weighed], tails: Sequence[Array], statistics: Statistics) -> list[Weighed]:
    """The blocks, with the power of every comparison that is judged by its interval; all at once, for speed.

    `tails` are those at which failures are claimed.
    """
    tail = (1 - statistics.confidence) / 2
    asked = {
        place: _asked(block, block.contrast, tails[place], tail, statistics.min_expected)
        for place, block in enumerate(blocks)
        if block.contrast is not None and _is_settled_by_more(block)
    }
    could = dict(zip(asked, detectable(list(asked.values()), POWER), strict=True))
    opened = {place: _open(blocks[place]) for place in asked}
    parts = {place: _part(asked[place], these) for place, these in opened.items() if these.size}
    more = dict(zip(parts, further(list(parts.values()), POWER), strict=True))
    found = list(blocks)
    for place, shown in could.items():
        missing = _of_open(opened[place], more.get(place, ()))
        found[place] = _noted(blocks[place], asked[place].contrast, shown, missing)
    return found


def _is_settled_by_more(block: Weighed) -> bool:
    """Is it sampling alone that leaves the block open? More records do not tell who the unknown are."""
    first = block.evidence[block.places[0]]
    judged = first.rule.judge == "interval" and first.rule.limited
    return judged and not any(doubt.widens for doubt in first.doubts.values())


def _asked(block: Weighed, contrast: Contrast, tails: Array, tail: float, least: float) -> Asked:
    """The block's comparisons as they were decided; planned for by the score interval, whichever drew them."""
    region = block.evidence[block.places[0]].rule.region
    low, high = region.ends
    if isinstance(contrast, Extreme):  # a gap is never below 0, nor a ratio of the smaller to the larger above 1
        low, high = (None, high) if contrast.kind == "gap" else (low, None)
    usual: Contrast = getattr(contrast, "usual", contrast)
    return Asked(contrast=usual, low=low, high=high, tail=tail, fail_tails=tails, least=least)


def _open(block: Weighed) -> Places:
    """Which of the block's comparisons are neither shown to meet the requirement nor to miss it.

    More records like these give nobody a counterpart who has none.
    """
    pieces = [block.evidence[place] for place in block.places]
    region = pieces[0].rule.region
    settled = [not p.alike or p.deciding.inside(region) or p.deciding.outside(region) for p in pieces]
    return np.flatnonzero(~np.array(settled, dtype=bool))


def _part(asked: Asked, these: Places) -> Asked:
    """The question about some comparisons of a block only; about all, where their contrast cannot be taken apart."""
    contrast = asked.contrast
    if not isinstance(contrast, Shares | ShareDifferences | ShareRatios):
        return asked
    known = {field.name: getattr(contrast, field.name) for field in fields(contrast)}
    chosen: dict[str, Any] = {name: None if values is None else values[these] for name, values in known.items()}
    return replace(asked, contrast=replace(contrast, **chosen), fail_tails=asked.fail_tails[these])


def _of_open(these: Places, answers: Sequence[Further]) -> dict[int, Further]:
    """The answers about the open comparisons, which may stand among those about all of their block."""
    if len(answers) > these.size:
        return {place: answers[place] for place in these.tolist()}
    return dict(zip(these.tolist(), answers, strict=True))


def _noted(block: Weighed, contrast: Contrast, shown: Sequence[Detectable], missing: dict[int, Further]) -> Weighed:
    pieces = list(block.evidence)
    for i, place in enumerate(block.places):
        pieces[place] = knowing(
            pieces[place], power=_note(pieces[place], _trials(contrast, i), shown[i], missing.get(i))
        )
    return replace(block, evidence=tuple(pieces))


def _trials(contrast: Contrast, place: int) -> tuple[float, float] | None:
    """The trials of the group and of its reference; None where these are not known."""
    if isinstance(contrast, Shares):
        return float(contrast.n[place]), math.inf
    if isinstance(contrast, ShareDifferences | ShareRatios):
        return float(contrast.n1[place]), float(contrast.n2[place])
    return None


def _note(piece: Evidence, trials: tuple[float, float] | None, shown: Detectable, missing: Further | None) -> PowerNote:
    """What is known of one comparison, in records."""
    note = _detectable(piece, shown)
    if missing is None:
        return note
    if missing.factor is not None and missing.factor > MOST:
        return replace(note, toward=missing.toward, reason="near_the_limit")
    note = replace(note, toward=missing.toward, factor=missing.factor, reason=missing.reason)
    if missing.factor is None or piece.group is None:
        return note
    note = replace(note, further=_more(piece.records, missing.factor))
    if piece.rule.compare in ("max_gap", "min_ratio"):
        return note
    return replace(
        note,
        further_in_group=_more(piece.group.n, missing.factor),
        further_alone=_alone(piece.group.n, trials, missing.smaller),
    )


def _detectable(piece: Evidence, shown: Detectable) -> PowerNote:
    """From where on a violation would have been shown. No group lies above the highest, nor below the lowest."""
    if not piece.alike:  # no verdict at all, whatever the disparity
        return PowerNote(power=POWER, not_detectable="out_of_reach")
    chosen = None if piece.rule.given else piece.chosen_for
    low, high = (None if chosen == kind else end for kind, end in (("lowest", shown.low), ("highest", shown.high)))
    none = "out_of_reach" if low is None and high is None else None
    return PowerNote(power=POWER, detectable_low=low, detectable_high=high, not_detectable=shown.reason or none)


def _alone(group: int, trials: tuple[float, float] | None, smaller: int | None) -> int | None:
    """How many more records of a group would do by themselves; None if it is not the smaller one, or none would."""
    if trials is None or smaller is None or trials[0] > trials[1] or smaller > trials[0] * MOST:
        return None
    return math.ceil(smaller * group / trials[0] - 1e-6)


def _more(records: int, factor: float) -> int:
    """How many records there are to be added for so many times as many."""
    return math.ceil(records * (factor - 1) - 1e-6)
