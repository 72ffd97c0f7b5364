"""What a run leaves on GitHub and GitLab: files, and lines of the log; no server is asked and no token read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from mltest.evidence.store import write_atomically

__all__ = ["Left", "leave_ci_files", "wants_ci_files"]

_LIMIT = 1000 * 1024  # of one step, over which GitHub shows nothing of it
_LEAST = 4096


class Left(NamedTuple):
    """The files that were written, and the lines to print as they are, each at the start of its line."""

    files: tuple[Path, ...]
    lines: tuple[str, ...]


def wants_ci_files(environment: Mapping[str, str]) -> bool:
    """Whether the run is one on GitHub or GitLab."""
    return "true" in (environment.get("GITHUB_ACTIONS"), environment.get("GITLAB_CI"))


def leave_ci_files(
    evidence: Mapping[str, Any], environment: Mapping[str, str], folders: Iterable[Path], *, page: str = "report.html"
) -> Left:
    """Write what the surroundings read.

    Parameters
    ----------
    evidence : mapping
        What the run left.
    environment : mapping
        The environment: ``GITHUB_ACTIONS``, ``GITHUB_STEP_SUMMARY``, ``GITLAB_CI``.
    folders : iterable of Path
        Where GitLab's files go: the ``exports`` of the run, and the folder of the report.
    page : str
        Where the whole is, for what does not fit.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    files: list[Path] = []
    lines: list[str] = []
    if environment.get("GITHUB_ACTIONS") == "true":
        from mltest.report.github import annotated

        lines = annotated(evidence).decode().splitlines()
        step = environment.get("GITHUB_STEP_SUMMARY")
        if step and _append(evidence, Path(step), page):
            files.append(Path(step))
    if environment.get("GITLAB_CI") == "true":
        from mltest.report.gitlab import code_quality, metrics

        made = {"gl-code-quality.json": code_quality(evidence), "metrics.txt": metrics(evidence)}
        for folder in folders:
            for name, data in made.items():
                write_atomically(folder / name, data)
                files.append(folder / name)
    return Left(tuple(files), tuple(lines))


def _append(evidence: Mapping[str, Any], step: Path, page: str) -> bool:
    """Add to the summary of the step, which other tools write to as well; nothing where they have filled it."""
    from mltest.report.github import BUDGET, summary

    room = _LIMIT - (step.stat().st_size if step.exists() else 0)
    if room < _LEAST:
        return False
    made = summary(evidence, page=page, budget=min(BUDGET, room))
    with step.open("ab") as file:
        file.write(b"\n" + made)
    return True
