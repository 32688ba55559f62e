"""`make simulate`: measure coverage and error rates again, all of them or the named parts, from fixed seeds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from docs import coverage, error_rates

PARTS: Mapping[str, Callable[[], None]] = {
    **{part: partial(coverage.write, part) for part in coverage.PARTS},
    "equal": error_rates.write,  # last, because it alone takes half an hour
}


def simulate(parts: Sequence[str]) -> None:
    """Write the tables of these parts; of all parts where none is named."""
    if unknown := [part for part in parts if part not in PARTS]:
        raise SystemExit(f"no part is called {unknown[0]!r}; there are: {', '.join(PARTS)}")
    for part in parts or PARTS:
        PARTS[part]()


if __name__ == "__main__":
    simulate(sys.argv[1:])
