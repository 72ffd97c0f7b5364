"""Hypothesis as these tests need it: the same examples on every machine, however slow, and no files left behind."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("stats", max_examples=50, deadline=None, derandomize=True, database=None)
settings.load_profile("stats")
