"""Intervals for combinations of two independent estimates, each with an interval of its own (MOVER).

The method of variance estimates recovery: Zou & Donner 2008; for ratios Donner & Zou 2012, here for either sign.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from audit.stats.numerics import Array, Limits, divide, floats
from audit.stats.shares import wilson


def mover_difference(first: ArrayLike, around1: Limits, second: ArrayLike, around2: Limits) -> Limits:
    """The interval of first - second. Newcombe's interval is this one made of two Wilson intervals."""
    t1, l1, u1, t2, l2, u2 = floats(first, *around1, second, *around2)
    gap = t1 - t2
    return Limits(gap - np.hypot(t1 - l1, u2 - t2), gap + np.hypot(u1 - t1, t2 - l2))


def mover_ratio(first: ArrayLike, around1: Limits, second: ArrayLike, around2: Limits) -> Limits:
    """The interval of first / second, unbounded where the second may be zero, on both sides if it may be negative."""
    t1, l1, u1, t2, l2, u2 = floats(first, *around1, second, *around2)
    return Limits(_lowest_ratio(t1, l1, t2, l2, u2), -_lowest_ratio(-t1, -u1, t2, l2, u2))


def f1_interval(tp: ArrayLike, fp: ArrayLike, fn: ArrayLike, tail: ArrayLike) -> Limits:
    """The interval of F1 = 2J / (1 + J), where Jaccard's J = TP / (TP + FP + FN) is a share with a Wilson interval."""
    tp, fp, fn, tail = floats(tp, fp, fn, tail)
    low, high = wilson(tp, tp + fp + fn, tail)
    return Limits(2 * low / (1 + low), 2 * high / (1 + high))


def balanced_accuracy_interval(tp: ArrayLike, fp: ArrayLike, fn: ArrayLike, tn: ArrayLike, tail: ArrayLike) -> Limits:
    """The interval of the mean of TPR and TNR, independent given the outcomes; (0, 1) if either has no trials."""
    tp, fp, fn, tn, tail = floats(tp, fp, fn, tn, tail)
    sensitivity, specificity = divide(tp, tp + fn), divide(tn, tn + fp)
    around1, around2 = wilson(tp, tp + fn, tail), wilson(tn, tn + fp, tail)
    middle = (sensitivity + specificity) / 2
    low = middle - np.hypot(sensitivity - around1.low, specificity - around2.low) / 2
    high = middle + np.hypot(around1.high - sensitivity, around2.high - specificity) / 2
    known = np.isfinite(middle)
    return Limits(np.where(known, np.clip(low, 0.0, 1.0), 0.0), np.where(known, np.clip(high, 0.0, 1.0), 1.0))


def _lowest_ratio(t1: Array, l1: Array, t2: Array, l2: Array, u2: Array) -> Array:
    """The R at which the MOVER interval of first - R * second begins at zero.

    A positive R is smallest when the second is large, a negative one when the second is small.
    """
    with np.errstate(all="ignore"):
        top = l1 * (2 * t1 - l1)
        at_most, at_least = u2 * (2 * t2 - u2), l2 * (2 * t2 - l2)
        positive = top / (t1 * t2 + np.sqrt(np.maximum((t1 * t2) ** 2 - top * at_most, 0.0)))
        negative = (t1 * t2 - np.sqrt(np.maximum((t1 * t2) ** 2 - top * at_least, 0.0))) / at_least
    lowest = np.where(l1 > 0, positive, np.where(l1 == 0, 0.0, np.where(l2 > 0, negative, -np.inf)))
    bounded = (l2 >= 0) & np.isfinite(l1) & np.isfinite(u2)
    return np.where(bounded, lowest, np.where((l2 >= 0) & (l1 >= 0), 0.0, -np.inf))
