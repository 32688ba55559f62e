"""Small policies to begin with, and the errors that a changed one gives."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from audit.errors import PolicyError
from audit.policy import loads

HEAD = """\
evenhand: 1
title: A policy
data:
  decision: {column: approved, favorable: 1}
  outcome: {column: repaid, favorable: 1}
attributes:
  sex: {column: sex}
  race: {column: race}
"""
RULE = """\
rules:
  - id: one
    metric: selection_rate
    compare: ratio
    require: ">= 4/5"
"""


@pytest.fixture
def head() -> str:
    """A policy without rules."""
    return HEAD


@pytest.fixture
def small() -> str:
    """A whole small policy."""
    return HEAD + RULE


@pytest.fixture
def problems() -> Callable[[str], list[str]]:
    """The problems of a policy text, one by one."""

    def find(text: str) -> list[str]:
        with pytest.raises(PolicyError) as caught:
            loads(text)
        return list(caught.value.problems)

    return find
