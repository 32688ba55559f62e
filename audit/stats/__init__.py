"""Intervals, comparisons, resampling, tests and multiplicity: pure functions of numbers, vectorised over comparisons.

Counts may be fractional (effective counts under sampling weights). A `tail` is the probability that a limit leaves out
on its own side, in (0, 0.5]: 0.025 on each side makes a two-sided interval at 95 % confidence.
"""
