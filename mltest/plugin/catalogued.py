"""The catalogue of controls of a run: looked up before the first test, and kept with the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mltest.policy.committed import Committed

if TYPE_CHECKING:
    from mltest.plugin.run import Run
    from mltest.policy.settings import Settings

__all__ = ["refuse_unknown_controls", "with_controls"]


def refuse_unknown_controls(root: Path, settings: Settings | None) -> None:
    """Read what names controls or frameworks for its mistakes; marks are looked up when their tests are collected."""
    attested = root / "manual_controls.toml"
    own, shown = (settings.controls, settings.frameworks) if settings else (None, ())
    if not own and not shown and not attested.is_file():
        return
    from mltest.policy.controls import chosen_frameworks, project_catalogue, refuse_unknown
    from mltest.policy.manual_controls import read_attestations

    known = project_catalogue(settings.base if settings else root, own)
    chosen_frameworks(known, (), shown)
    if attested.is_file():
        refuse_unknown(known, read_attestations(attested.read_bytes()))


def with_controls(committed: Committed, run: Run, checks: Iterable[Mapping[str, Any]]) -> Committed:
    """The committed files and, where a mark or the settings name a framework, the part of the catalogue to judge by."""
    named = {control for entry in checks for control in entry.get("controls") or ()}
    shown = run.settings.frameworks if run.settings else ()
    texts = {role: data for role, data in committed.texts.items() if role != "controls"}
    if named or shown:
        from mltest.policy.controls import project_catalogue, recorded_controls

        known = project_catalogue(*((run.settings.base, run.settings.controls) if run.settings else (run.root, None)))
        kept = recorded_controls(known, named, shown)
        texts |= {"controls": kept} if kept else {}
    return Committed(texts=texts)
