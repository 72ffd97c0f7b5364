"""What became looser since the last release: its evidence is named in the settings and compared at the end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mltest.errors import EvidenceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mltest.plugin.run import Run

__all__ = ["since_release"]


def since_release(run: Run, plan: Mapping[str, Any]) -> dict[str, Any]:
    """The member ``baseline`` of the run object; nothing where the settings name no release.

    Raises
    ------
    UsageError
        If what the settings name is no evidence.
    """
    named = run.settings.baseline if run.settings is not None else None
    if run.settings is None or named is None:
        return {}
    from mltest.evidence.fetching import fetched
    from mltest.evidence.store import read_evidence
    from mltest.policy.change import changes

    where = named if "://" in named else str(run.settings.base / named)
    try:
        with fetched(where) as place:
            before = read_evidence(Path(place))
    except EvidenceError as broken:
        msg = f"baseline = {named!r} in the settings: {broken}"
        raise UsageError(msg) from broken
    release = str(before["run"]["source"].get("commit") or before["run"]["run_id"])[:12]
    return {"baseline": {"root": before["evidence_root"], "release": release, "lines": changes(before["plan"], plan)}}
