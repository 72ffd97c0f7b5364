"""``mltest report EVIDENCE``: the page again, the same bytes from the same evidence."""

from __future__ import annotations

import argparse
from pathlib import Path

from mltest.errors import EvidenceError
from mltest.evidence.store import read_evidence, write_atomically
from mltest.report.model import Report
from mltest.report.page import render

__all__ = ["run"]


def run(arguments: argparse.Namespace) -> int:
    """Write the page and say where."""
    source: Path = arguments.evidence
    beside = source if source.is_dir() else source.parent
    target: Path = arguments.output or beside / "index.html"
    page = render(Report.of(read_evidence(source)))
    try:
        write_atomically(target, page)
    except OSError as refused:
        msg = f"cannot write {target}: {refused.strerror or refused}"
        raise EvidenceError(msg) from refused
    print(target)
    return 0
