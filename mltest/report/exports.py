"""The exports by name: which files each target writes, and what writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mltest.errors import UsageError, nearest

__all__ = ["TARGETS", "Asked", "export", "targets_of"]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What an export needs beside the evidence."""

    grade: str = "E0"
    verified_at: str = ""
    verifier: str = ""
    card: str | None = None
    signoffs: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


def _in_toto(evidence: Mapping[str, Any], asked: Asked) -> dict[str, bytes]:
    from mltest.report.intoto import render

    del asked
    return {"test-result.intoto.json": render(evidence)}


def _svr(evidence: Mapping[str, Any], asked: Asked) -> dict[str, bytes]:
    from mltest.report.intoto import render_verification

    said = render_verification(evidence, grade=asked.grade, verified_at=asked.verified_at, verifier=asked.verifier)
    return {"svr.intoto.json": said}


def _cyclonedx(evidence: Mapping[str, Any], asked: Asked) -> dict[str, bytes]:
    from mltest.report.cyclonedx import VERSIONS, render

    return {f"bom-{version}.cdx.json": render(evidence, version, asked.signoffs) for version in VERSIONS}


def _sarif(evidence: Mapping[str, Any], asked: Asked) -> dict[str, bytes]:
    from mltest.report.sarif import render

    del asked
    return {"mltest.sarif": render(evidence)}


def _gitlab(evidence: Mapping[str, Any], asked: Asked) -> dict[str, bytes]:
    from mltest.report.gitlab import code_quality, metrics

    del asked
    return {"gl-code-quality.json": code_quality(evidence), "metrics.txt": metrics(evidence)}


def _github(evidence: Mapping[str, Any], asked: Asked) -> dict[str, bytes]:
    from mltest.report.github import annotated, summary

    del asked
    return {"summary.md": summary(evidence), "annotations.txt": annotated(evidence)}


def _junit(evidence: Mapping[str, Any], asked: Asked) -> dict[str, bytes]:
    from mltest.report.junit import render

    del asked
    return {"junit.xml": render(evidence)}


def _model_card(evidence: Mapping[str, Any], asked: Asked) -> dict[str, bytes]:
    from mltest.report.model_card import render

    return {"model-card.md": render(evidence, asked.card)}


TARGETS: Mapping[str, Callable[[Mapping[str, Any], Asked], dict[str, bytes]]] = {
    "in-toto": _in_toto,
    "svr": _svr,
    "cyclonedx": _cyclonedx,
    "sarif": _sarif,
    "gitlab": _gitlab,
    "github": _github,
    "junit": _junit,
    "model-card": _model_card,
}


def targets_of(text: str) -> list[str]:
    """The targets of a list with commas; ``UsageError`` with the nearest for one that is not known.

    Examples
    --------
    >>> targets_of("in-toto, sarif")
    ['in-toto', 'sarif']
    """
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in names:
        if name not in TARGETS:
            msg = f"no export {name!r}{nearest(name, TARGETS)} ({', '.join(TARGETS)})"
            raise UsageError(msg)
    if not names:
        msg = f"--to names no export; known are {', '.join(TARGETS)}"
        raise UsageError(msg)
    return names


def export(evidence: Mapping[str, Any], names: Sequence[str], asked: Asked) -> dict[str, bytes]:
    """The files of some targets by name; the same bytes for the same evidence and the same ``asked``."""
    return {file: data for name in names for file, data in TARGETS[name](evidence, asked).items()}
