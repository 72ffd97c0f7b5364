"""Renderers: each is one file with ``render(report) -> bytes``, and none of them computes anything."""
