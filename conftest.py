"""Plugins of the repository's own tests, and nothing else: mltest itself comes through its entry point."""

from __future__ import annotations

pytest_plugins = ["pytester", "tests.harness"]
