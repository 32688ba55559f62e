"""Property tests draw the same examples everywhere, and a busy machine fails none of them."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("same everywhere", deadline=None, derandomize=True, max_examples=30)
settings.load_profile("same everywhere")
