"""``mltest report EVIDENCE``: the page again, the same bytes from the same evidence."""

from __future__ import annotations

import argparse
from pathlib import Path

from mltest.errors import EvidenceError
from mltest.evidence.store import read_evidence, write_atomically
from mltest.report.model import Report
from mltest.report.page import render

__all__ = ["arguments", "run"]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("evidence", metavar="EVIDENCE", type=Path, help="an evidence.json, or the folder of a run")
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=Path, help="the page to write (default: index.html beside it)"
    )


def run(given: argparse.Namespace) -> int:
    """Write the page and say where."""
    source: Path = given.evidence
    beside = source if source.is_dir() else source.parent
    target: Path = given.output or beside / "index.html"
    page = render(Report.of(read_evidence(source)))
    try:
        write_atomically(target, page)
    except OSError as refused:
        msg = f"cannot write {target}: {refused.strerror or refused}"
        raise EvidenceError(msg) from refused
    print(target)
    return 0
