"""From evidence to what a finding says of records that are not fully known: would the verdict stand?"""

from __future__ import annotations

from audit.judging.evidence import Doubt, Evidence
from audit.result.caveats import ProxyNote, UnknownNote
from audit.values import Number, Region, Verdict
from audit.words.caveat_words import Moved, Proxied, allowed_for, could_move, proxy_words, whoever
from audit.words.sentences import unit


def unknown_note(piece: Evidence, what: str, verdict: Verdict) -> UnknownNote | None:
    """What unknown membership (`unknown`) or missing outcomes (`outcomes`) could do to a finding; None: nothing."""
    doubt = piece.doubts.get(what)
    if doubt is None or not doubt.rows:
        return None
    return UnknownNote(
        rows=doubt.rows,
        value=_float(piece.value),
        low=_float(doubt.low),
        high=_float(doubt.high),
        interval=doubt.interval,
        stands=_stands(piece, doubt, verdict),
        widens=doubt.widens,
        words=_words(piece, what, doubt, verdict),
    )


def proxy_note(piece: Evidence) -> ProxyNote | None:
    """What membership by probabilities alone leaves open; None where it is known."""
    doubt, guessed = piece.doubts.get("proxy"), piece.guessed
    if doubt is None or guessed is None:
        return None
    ends = _float(doubt.low), _float(doubt.high)
    said = Proxied(
        attribute=piece.attribute,
        ends=ends,
        thresholded=guessed.value,
        limits=tuple(float(limit) for limit in (piece.rule.region.low, piece.rule.region.high) if limit is not None),
        unit=unit(piece.metric.name, piece.rule.compare),
        compared=piece.rule.compare != "value",
    )
    return ProxyNote(
        low=ends[0],
        high=ends[1],
        thresholded=guessed.value,
        assigned=guessed.assigned,
        words=proxy_words(said),
    )


def with_caveats(sentence: str, piece: Evidence, verdict: Verdict) -> str:
    """The sentence about a finding, and behind it what could overturn its verdict."""
    said = [sentence, *_flip(piece, verdict)]
    for what, doubt in piece.doubts.items():
        if not doubt.rows:
            continue
        if what == "proxy":
            said.append(whoever(piece.attribute))
            continue
        if doubt.widens and piece.rule.judge != "point":
            said.append(allowed_for(doubt.rows, piece.attribute))
        elif _stands(piece, doubt, verdict) is False:
            said.append(_words(piece, what, doubt, verdict))
    return " ".join(said)


def _flip(piece: Evidence, verdict: Verdict) -> list[str]:
    """What single decisions would do, where they would undo the verdict or a value alone has made it."""
    flip = piece.flip
    if flip is None or verdict not in (Verdict.PASS, Verdict.FAIL):
        return []
    wanted = verdict == Verdict.FAIL or (piece.rule.judge != "interval" and flip.by_one_decision)
    return [flip.words] if wanted else []


def _stands(piece: Evidence, doubt: Doubt, verdict: Verdict) -> bool | None:
    """Would the verdict be the same whatever the records are? None where it is not a pass or a failure.

    A rule judged by its value stands if the values at both ends are judged alike; any other, if the whole interval
    over both ends is on one side. A failure by a named test needs both ends beyond the limit with their intervals.
    """
    region = piece.rule.region
    if verdict not in (Verdict.PASS, Verdict.FAIL):
        return None
    if piece.rule.judge == "point":
        return _holds(doubt, region) if verdict == Verdict.PASS else _misses(doubt, region)
    return doubt.interval.inside(region) if verdict == Verdict.PASS else doubt.interval.outside(region)


def _holds(doubt: Doubt, region: Region) -> bool:
    """Are all values between the ends accepted?"""
    low = region.low is None or (doubt.low is not None and Region(low=region.low).holds(doubt.low))
    return low and (region.high is None or (doubt.high is not None and Region(high=region.high).holds(doubt.high)))


def _misses(doubt: Doubt, region: Region) -> bool:
    """Are all values between the ends on the same wrong side?"""
    below = region.low is not None and doubt.high is not None and not Region(low=region.low).holds(doubt.high)
    above = region.high is not None and doubt.low is not None and not Region(high=region.high).holds(doubt.low)
    return below or above


def _words(piece: Evidence, what: str, doubt: Doubt, verdict: Verdict) -> str:
    region = piece.rule.region
    return could_move(
        Moved(
            what=what,
            rows=doubt.rows,
            attribute=piece.attribute,
            ends=(_float(doubt.low), _float(doubt.high)),
            interval=doubt.interval,
            limits=tuple(float(limit) for limit in (region.low, region.high) if limit is not None),
            unit=unit(piece.metric.name, piece.rule.compare),
            stands=_stands(piece, doubt, verdict),
            across=not (_holds if verdict == Verdict.PASS else _misses)(doubt, region),
        )
    )


def _float(value: Number | None) -> float | None:
    return None if value is None else float(value)
