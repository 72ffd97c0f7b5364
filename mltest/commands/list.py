"""``mltest list checks`` and ``mltest list metrics``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mltest.catalogue import checks

if TYPE_CHECKING:
    from mltest.metrics.metric import Metric

__all__ = ["run"]


def run(arguments: argparse.Namespace) -> int:
    """Print one line for each."""
    rows = _metrics() if arguments.what == "metrics" else [(check.id, check.title) for check in checks()]
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        print(f"{name:<{width}}  {text}".rstrip())
    return 0


def _metrics() -> list[tuple[str, str]]:
    from mltest.metrics.registry import names, resolve

    return [(name, _about(resolve(name))) for name in names()]


def _about(metric: Metric) -> str:
    better = "higher" if metric.higher_is_better else "lower"
    return f"{better} is better; {', '.join(metric.tasks)}"
