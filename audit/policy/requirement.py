"""What a rule requires, read exactly: ">= 4/5", "<= 0.05", "0.8 to 1.25", or nothing: "none"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from audit.metrics import PREDICTED
from audit.policy.scalars import exact, terse
from audit.values import Region

#: What a rule writes that sets no limit: its numbers are reported and not judged.
NO_LIMIT: Final = "none"
Compare = Literal["ratio", "difference", "change", "value", "max_gap", "min_ratio"]

_NUMBER = r"([-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:/[0-9]+)?)"
_ONE_LIMIT = re.compile(rf"\s*(>=|<=)\s*{_NUMBER}\s*")
_TWO_LIMITS = re.compile(rf"\s*{_NUMBER}\s+to\s+{_NUMBER}\s*")
_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*%")
_STRICT = re.compile(r"\s*[<>]\s*[^=\s]")

#: The least and the most that something can be.
Ends = tuple[Fraction, Fraction]
UNIT: Ends = (Fraction(0), Fraction(1))
#: Metrics in the score's own units, and those that can be negative though the score is a share.
LEVELS = ("mean_score", "median_score")
LOGITS = ("calibration_intercept", "calibration_slope")
_ENDS: dict[str, Ends] = {
    **{name: (Fraction(-1), Fraction(1)) for name in ("matthews_corrcoef", "calibration_in_the_large")},
    # These have no ends: a deviation may be tiny, and so may be the spread of the scores.
    **{name: (Fraction(-1_000_000), Fraction(1_000_000)) for name in ("standardized_mean_score", *LOGITS)},
    # Nor have these: a list may be as long as it likes.
    **dict.fromkeys(("relative_exposure", "representation_at_k"), (Fraction(0), Fraction(1_000_000))),
    "ndkl": (Fraction(-1_000_000), Fraction(1_000_000)),
    "skew_at_k": (Fraction(-1_000_000), Fraction(1_000_000)),
}

#: What each comparison gives, for the sentences of this module.
NOUNS: dict[str, str] = {
    "ratio": "a ratio",
    "difference": "a difference",
    "change": "the change of a difference",
    "value": "the metric",
    "max_gap": "the largest gap between two groups",
    "min_ratio": "the lowest rate divided by the highest",
}


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """The limits as written. One of them is None unless the text says "a to b"; both are where it says "none"."""

    low: Fraction | None = None
    high: Fraction | None = None


def parse(text: str) -> Requirement:
    """Read a requirement. Raises ValueError that says which forms there are."""
    if text.strip() == NO_LIMIT:
        return Requirement()
    if found := _ONE_LIMIT.fullmatch(text):
        limit = _limit(found[2])
        return Requirement(low=limit) if found[1] == ">=" else Requirement(high=limit)
    if found := _TWO_LIMITS.fullmatch(text):
        low, high = _limit(found[1]), _limit(found[2])
        if low > high:
            raise ValueError(f"{text!r} begins above its end; did you mean '{found[2]} to {found[1]}'?")
        return Requirement(low=low, high=high)
    raise ValueError(_not_understood(text))


def _limit(text: str) -> Fraction:
    try:
        return exact(text)
    except ValueError:
        raise ValueError(f"expected a number like 0.8 or 4/5 with at most 18 digits, found {text[:40]!r}") from None


def _not_understood(text: str) -> str:
    forms = "'>= 4/5', '<= 0.05' or '0.8 to 1.25'"
    if _STRICT.match(text):
        return f"{text!r} has a strict limit; a limit itself is always accepted, so write {forms}"
    if "%" in text:
        plain = _PERCENT.sub(lambda found: f"{Decimal(found[1]) / 100:f}", text)
        understood = _ONE_LIMIT.fullmatch(plain) or _TWO_LIMITS.fullmatch(plain)
        return f"{text!r} is in percent; write it as a fraction or a decimal: {repr(plain) if understood else forms}"
    return f"expected {forms}, found {text[:60]!r}"


def region(require: str, compare: Compare) -> Region:
    """The values that a requirement accepts. "<= t" on a difference means at most t whichever way it points."""
    limits = parse(require)
    if limits == Requirement():
        return Region()
    if compare == "difference" and limits.low is None and limits.high is not None:
        return Region(low=-limits.high, high=limits.high)
    if compare == "max_gap":
        return Region(low=Fraction(0), high=limits.high)
    if compare == "min_ratio":
        return Region(low=limits.low, high=Fraction(1))
    return Region(low=limits.low, high=limits.high)


def wrong_form(require: str, compare: Compare) -> str | None:
    """Why this form of requirement makes no sense for the comparison; None if it does."""
    limits = parse(require)
    if limits == Requirement():
        return None
    if compare == "max_gap" and (limits.low is not None or limits.high is None):
        return f"max_gap is {NOUNS['max_gap']}, which is to be small: write it as '<= 0.05'"
    if compare == "change" and limits.high is None:
        return "change is how much farther a group falls behind than under the baseline: write it as '<= 0.02'"
    if compare == "min_ratio" and (limits.high is not None or limits.low is None):
        return f"min_ratio is {NOUNS['min_ratio']}, which is to be near 1: write it as '>= 4/5'"
    return None


def errors_of(metric: str, width: Fraction) -> Ends | None:
    """The least and the most that a metric of predictions can be within a range of this width; None for any other."""
    return {
        "mean_error": (-width, width),
        "mean_absolute_error": (Fraction(0), width),
        "mean_squared_error": (Fraction(0), width**2),
        "root_mean_squared_error": (Fraction(0), width),
    }.get(metric)


def possible(compare: Compare, metric: str, reference: str | None, score: Ends = UNIT) -> Region:
    """All values that a comparison can have at all, given the kind of reference and what the score can be."""
    least, most = score if metric in LEVELS or metric in PREDICTED else _ENDS.get(metric, UNIT)
    zero, one, width = Fraction(0), Fraction(1), most - least
    if compare == "value":
        return Region(low=least, high=most)
    if compare == "min_ratio":
        return Region(low=zero, high=one)
    if compare == "max_gap":
        return Region(low=zero, high=width)
    if compare == "change":
        return Region(low=-2 * width, high=2 * width)
    below, above = reference == "highest", reference == "lowest"
    if compare == "difference":
        return Region(low=zero if above else -width, high=zero if below else width)
    if least < 0:
        return Region()  # a ratio of what can be negative can be anything
    return Region(low=one if above else least / most, high=one if below else most / least if least else None)


def never(require: str, compare: Compare, metric: str, reference: str | None, score: Ends = UNIT) -> str | None:
    """Why a requirement could never fail, or never pass; None if it can do both."""
    if wrong := wrong_form(require, compare):
        return wrong
    if parse(require) == Requirement():
        return None
    accepted, can_be = region(require, compare), possible(compare, metric, reference, score)
    always = _within(can_be, accepted)
    if not always and _meet(can_be, accepted):
        return None
    against = f" against the {reference}" if compare in ("ratio", "difference") and reference else ""
    verb = "fail" if always else "pass"
    return f"{NOUNS[compare]} of {metric}{against} is {_range(can_be)}, so {require!r} could never {verb}"


def _range(can_be: Region) -> str:
    if can_be.high is None:
        return f"never below {terse(can_be.low or Fraction(0))}"
    return f"always between {terse(can_be.low or Fraction(0))} and {terse(can_be.high)}"


def _within(part: Region, whole: Region) -> bool:
    low = whole.low is None or (part.low is not None and part.low >= whole.low)
    high = whole.high is None or (part.high is not None and part.high <= whole.high)
    return low and high


def _meet(one: Region, other: Region) -> bool:
    lows = [end for end in (one.low, other.low) if end is not None]
    highs = [end for end in (one.high, other.high) if end is not None]
    empty = other.low is not None and other.high is not None and other.low > other.high
    return not empty and (not lows or not highs or max(lows) <= min(highs))


def subset(part: Region, whole: Region) -> bool:
    """Does the first accept nothing that the second refuses?"""
    return _within(part, whole)
