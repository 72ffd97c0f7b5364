"""The report beside the evidence, rendered again: a page whose text was edited does not rebuild to its bytes."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import TYPE_CHECKING

from mltest import __version__
from mltest.errors import MltestError
from mltest.evidence.store import read_evidence
from mltest.policy.signatures import signoffs_of
from mltest.policy.verification.finding import Finding, short

if TYPE_CHECKING:
    from pathlib import Path

    from mltest.policy.verification.reading import Held

__all__ = ["page_findings"]

_DISTRIBUTION = "pytest-mltest"
_MARK = re.compile(rb'<meta name="mltest-page" content="([^"]*)">')


def page_findings(held: Held) -> tuple[list[Finding], list[str]]:
    """What is wrong with the page, and why it could not be looked at.

    The page of a run folder is its ``report.html``; that of an ``evidence.json`` is the ``index.html`` beside it.
    """
    path = held.place / "report.html" if held.place.is_dir() else held.place.with_name("index.html")
    if not path.is_file():
        return [], []
    reason = _out_of_reach(held)
    if reason is not None:
        return [], [f"{path.name}: {reason}"]
    from jinja2 import TemplateError

    try:
        there = path.read_bytes()
        again = _rendered(held.place, there)
    except (OSError, LookupError, TypeError, ValueError, AttributeError, TemplateError, MltestError) as broken:
        return [], [f"{path.name}: it could not be rendered again ({broken})"]
    if again is None:
        return [], [f"{path.name}: it was made with other runs or findings beside this evidence"]
    return ([], []) if again == there else _edited(path, there, held)


def _edited(path: Path, there: bytes, held: Held) -> tuple[list[Finding], list[str]]:
    if held.root.encode() in there or held.root.removeprefix("sha256:").encode() in there:
        text = f"report embeds root {short(held.root)} but its text does not rebuild to these bytes"
    elif held.place.is_dir():
        text = f"{path.name} does not embed root {short(held.root)}"
    else:
        return [], [f"{path.name}: it is not the page of this evidence"]
    return [Finding("MLV26", text, path.name)], []


def _out_of_reach(held: Held) -> str | None:
    """Why the same page cannot be made here."""
    packages = held.documents["run"]["environment"]["packages"]
    versions = [row[1] for row in packages if isinstance(row, list) and row[:1] == [_DISTRIBUTION] and len(row) > 1]
    if versions and versions[0] != __version__:
        return f"it was made by version {versions[0]}, this is {__version__}"
    return "rendering it again needs jinja2" if find_spec("jinja2") is None else None


def _rendered(place: Path, there: bytes) -> bytes | None:
    """The page again in the form that the one there says it has; None where more than this evidence went into it."""
    from mltest.report.beside import Beside, shown_as
    from mltest.report.model import Report
    from mltest.report.page import render

    mark = _MARK.search(there)
    form = shown_as(mark[1].decode() if mark else "")
    if form is None:
        return None
    shown, files = form
    evidence = read_evidence(place)
    folder = (place if place.is_dir() else place.parent) / "signatures"
    signoffs = [row for row in signoffs_of(folder, evidence["evidence_root"]) if row["file"] in files]
    return render(Report.of(evidence, Beside(signoffs=signoffs), shown))
