"""The command line: arguments in, an exit code out; the work stands in ``commands``."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from mltest import __version__
from mltest.errors import ArtifactError, EvidenceError, UsageError

__all__ = ["main"]

OK, NO, USAGE, UNREADABLE = 0, 1, 2, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words after ``mltest``; those of the process if left out.

    Returns
    -------
    int
        0 fine, 1 the gate says no, 2 usage, 3 unreadable or missing.

    Examples
    --------
    >>> main(["gate", "no/such/evidence.json"])
    3
    """
    given = _parser().parse_args(arguments)
    try:
        return int(importlib.import_module(f"mltest.commands.{given.command}").run(given))
    except UsageError as wrong:
        print(f"mltest: {wrong}", file=sys.stderr)
        return USAGE
    except (EvidenceError, ArtifactError) as unreadable:
        print(f"mltest: {unreadable}", file=sys.stderr)
        return UNREADABLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mltest", description="Evidence of machine-learning tests: read, decide, explain."
    )
    parser.add_argument("--version", action="version", version=f"mltest {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _report(commands)
    _gate(commands)
    explain = commands.add_parser("explain", help="what a check demands, how it judges, and where that is published")
    explain.add_argument("check", metavar="CHECK", help="an id such as model.metric")
    listing = commands.add_parser("list", help="the checks, or the metrics")
    listing.add_argument("what", choices=("checks", "metrics"))
    return parser


def _evidence(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("evidence", metavar="EVIDENCE", type=Path, help="an evidence.json, or the folder of a run")


def _report(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    report = commands.add_parser("report", help="render the page again from the evidence alone")
    _evidence(report)
    report.add_argument(
        "-o", "--output", metavar="FILE", type=Path, help="the page to write (default: index.html beside it)"
    )


def _gate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    gate = commands.add_parser("gate", help="decide again from the evidence, for a later job")
    _evidence(gate)
    gate.add_argument("--json", action="store_true", help="one object on the standard output")
