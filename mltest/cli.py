"""The command line: arguments in, an exit code out; the work stands in ``commands``."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

from mltest import __version__
from mltest.errors import ArtifactError, EvidenceError, MissingDependency, MltestError, TrustError, UsageError

__all__ = ["main"]

OK, NO, USAGE, UNREADABLE, UNTRUSTED = range(5)
COMMANDS = {
    "plan": "record what the tests demand, and write plan.lock",
    "approve": "approve the plan of plan.lock",
    "gate": "decide again from the evidence, for a later job",
    "verify": "whether evidence is whole, unchanged and from whom it says",
    "diff": "what became looser, went or moved between two plans or runs; trends over many",
    "report": "render the page again from the evidence alone",
    "signoff": "sign off a run, or sign its root",
    "export": "in-toto, CycloneDX, SARIF, JUnit, GitLab, GitHub, model card",
    "store": "the runs that are kept, what their labels let go, and an upload once more",
    "explain": "what a check demands, how it judges, and where that is published",
    "list": "the checks, the metrics, or the controls",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words after ``mltest``; those of the process if left out.

    Returns
    -------
    int
        0 fine, 1 the gate or the verification says no, 2 usage, 3 unreadable or missing, 4 signature or trust.

    Examples
    --------
    >>> main(["gate", "no/such/evidence.json"])
    3
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    given = _parser(words).parse_args(words)
    try:
        return _run(given)
    except BrokenPipeError:
        # the reader, such as `head`, has what it wanted; what is left must not be flushed into the closed pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except UsageError as wrong:
        return _refused(wrong, USAGE)
    except TrustError as untrusted:
        return _refused(untrusted, UNTRUSTED)
    except (EvidenceError, ArtifactError, MissingDependency) as unreadable:
        return _refused(unreadable, UNREADABLE)


def _run(given: argparse.Namespace) -> int:
    code = int(_module(given.command).run(given))
    sys.stdout.flush()  # a pipe that is closed is told of here, and not when the interpreter ends
    return code


def _refused(error: MltestError, code: int) -> int:
    print(f"mltest: {error}", file=sys.stderr)
    return code


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """Every command by name; the options of the one that is asked for, whose module alone is loaded."""
    parser = argparse.ArgumentParser(
        prog="mltest", description="Evidence of machine-learning tests: plan, verify, compare, decide, explain."
    )
    parser.add_argument("--version", action="version", version=f"mltest {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    asked = next((word for word in words if not word.startswith("-")), None)
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        if name == asked:
            _module(name).arguments(command)
    return parser


def _module(name: str) -> Any:
    return importlib.import_module(f"mltest.commands.{name}")
