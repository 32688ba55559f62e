"""Evenhand: fairness audits of decisions, with honest verdicts and a report that somebody can sign."""

from __future__ import annotations

__version__ = "0.1.0"
