"""What every threshold would do: confusion counts, rates and the ROC curve, exact at the edges of a histogram."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audit.stats.histogram import Histogram
from audit.stats.numerics import Array, divide


@dataclass(frozen=True, kw_only=True, eq=False)
class Sweep:
    """Confusion counts of k groups at t thresholds, where a score at or above the threshold is a positive decision.

    `thresholds` (t,) ascending: the distinct scores, or the lower edges of the bins, and infinity, where nobody is
    selected. Counts are (k, t) and exact there. `unlabelled` are the selected rows without outcome, `among` (k,) all
    rows. `error` (k, t) is the share of a group's rows between a threshold and the next, which tells how far the
    selection rate may be off at a threshold in between; 0 where the scores are exact.
    """

    thresholds: Array
    tp: Array
    fp: Array
    fn: Array
    tn: Array
    unlabelled: Array
    among: Array
    error: Array

    @property
    def selection_rate(self) -> Array:
        """Of everyone, with or without outcome, the share at or above each threshold."""
        return divide(self.tp + self.fp + self.unlabelled, self.among[:, np.newaxis])

    @property
    def true_positive_rate(self) -> Array:
        """Of the positives, the share at or above each threshold."""
        return divide(self.tp, self.tp + self.fn)

    @property
    def false_positive_rate(self) -> Array:
        """Of the negatives, the share at or above each threshold."""
        return divide(self.fp, self.fp + self.tn)

    @property
    def precision(self) -> Array:
        """Of the rows with outcome at or above each threshold, the share of positives; NaN where there are none."""
        return divide(self.tp, self.tp + self.fp)


def sweep(histogram: Histogram) -> Sweep:
    """The confusion counts at every edge. TPR over FPR, read from the end, is the ROC curve from (0, 0) to (1, 1)."""
    tp, fp, unlabelled = (
        _at_or_above(counts) for counts in (histogram.positive, histogram.negative, histogram.unlabelled)
    )
    everyone = histogram.everyone()
    among = everyone.sum(axis=-1)
    between = np.nan_to_num(divide(everyone, among[:, np.newaxis])) if histogram.width > 0 else np.zeros_like(everyone)
    return Sweep(
        thresholds=np.append(histogram.scores - histogram.width / 2, np.inf),
        tp=tp,
        fp=fp,
        fn=tp[:, :1] - tp,
        tn=fp[:, :1] - fp,
        unlabelled=unlabelled,
        among=among,
        error=np.pad(between, ((0, 0), (0, 1))),
    )


def _at_or_above(counts: Array) -> Array:
    """The counts from each score upwards, and nothing above all of them."""
    return np.pad(np.cumsum(counts[:, ::-1], axis=-1)[:, ::-1], ((0, 0), (0, 1)))
