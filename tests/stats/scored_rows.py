"""Rows of scores reduced to histograms and sums, as the pass over a table would, for the tests."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from audit.stats.histogram import Histogram, histogram
from audit.stats.moments import Moments, counted


def exact(score, group=None, y=None, weight=None) -> Histogram:
    """The distinct scores of every group, by outcome if there is one; under sampling weights if they are given."""
    return _reduced(
        *np.unique(np.asarray(score, dtype=float), return_inverse=True), 0.0, group=group, y=y, weight=weight
    )


def binned(score, bins, group=None, y=None) -> Histogram:
    """Scores in [0, 1] in bins of one width."""
    place = np.minimum(np.floor(np.asarray(score, dtype=float) * bins), bins - 1).astype(int)
    return _reduced((np.arange(bins) + 0.5) / bins, place, 1.0 / bins, group=group, y=y, weight=None)


def sums(x, weight=None) -> Moments:
    """The sums of a quantity over the rows of one group."""
    x = np.asarray(x, dtype=float)
    if weight is None:
        return counted(x.size, x.sum(), (x**2).sum())
    w = np.asarray(weight, dtype=float)
    held = (x.size, w.sum(), (w * x).sum(), (w * x**2).sum(), (w**2).sum(), (w**2 * x).sum(), (w**2 * x**2).sum())
    names = ("rows", "weight", "first", "second", "weight2", "first2", "second2")
    return Moments(**{name: np.array([value], dtype=float) for name, value in zip(names, held, strict=True)})


def _reduced(scores, place, width, *, group, y, weight) -> Histogram:
    group = np.zeros(place.size, dtype=int) if group is None else np.asarray(group)
    names = np.unique(group)

    def counts(rows, w):
        each = [rows & (group == name) for name in names]
        return np.array([np.bincount(place[at], weights=w[at], minlength=scores.size) for at in each])

    ones = np.ones(place.size)
    w = ones if weight is None else np.asarray(weight, dtype=float)
    masks = [ones > 1, ones > 1, ones > 0] if y is None else [np.asarray(y) == 1, np.asarray(y) == 0, ones > 1]
    positive, negative, unlabelled = (counts(rows, w) for rows in masks)
    found = histogram(scores, positive=positive, negative=negative, unlabelled=unlabelled, width=width)
    if weight is None:
        return found
    squares = [counts(rows, w**2) for rows in masks]
    return Histogram(**vars(found) | dict(zip(("positive2", "negative2", "unlabelled2"), squares, strict=True)))


#: Rows of a score in [0, 1] and an outcome; ties are frequent, and one outcome alone is possible.
scored = st.lists(
    st.tuples(st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0])), st.integers(0, 1)),
    min_size=1,
    max_size=60,
)
