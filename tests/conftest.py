"""Property tests draw the same examples everywhere, and a busy machine fails none of them.

`make explore` draws new ones at every run, and many more: for finding what nobody thought of.
"""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("same everywhere", deadline=None, derandomize=True, max_examples=30)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile("same everywhere")
