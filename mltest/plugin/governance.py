"""What a run is held to: its profile, the plan that was locked, and the committed files beside it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mltest.errors import UsageError
from mltest.interop.git import on_ci
from mltest.policy.committed import Committed
from mltest.policy.plan import Lock, read_lock

if TYPE_CHECKING:
    import pytest

    from mltest.policy.settings import Settings

__all__ = ["Governance", "read_governance"]


class Governance(NamedTuple):
    """The profile and what was committed; ``lock`` is None in a project that has locked no plan.

    ``note`` says in words why the profile is another than somebody may expect.
    """

    profile: str
    committed: Committed
    lock: Lock | None
    note: str | None = None


def read_governance(config: pytest.Config, root: Path, settings: Settings | None) -> Governance:
    """Read every committed file; a mistake in one is a ``UsageError`` before any test is collected."""
    committed = Committed.read(root)
    lock = read_lock(committed.texts["lock"]) if "lock" in committed.texts else None
    _refuse_mistakes(committed)
    profile, note = _profile(config, settings, lock)
    if profile != "dev" and getattr(config.option, "dist", "no") == "each":
        msg = (
            f"--dist=each runs the plan once for each environment: refused in the profile {profile}, run one at a time"
        )
        raise UsageError(msg)
    return Governance(profile, committed, lock, note)


def _profile(config: pytest.Config, settings: Settings | None, lock: Lock | None) -> tuple[str, str | None]:
    """The option, then the settings; without either a committed plan binds where nobody watches.

    There a file of the project may not say "dev": whoever changes the plan can change that file too. The command line
    of a job can, and is seen to.
    """
    asked = config.option.mltest_profile or ("merge" if config.option.mltest_locked else None)
    settled = settings.profile if settings is not None else None
    wanted, watched = str(asked or settled or "dev"), lock is None or not on_ci()
    if watched or wanted != "dev":
        return wanted, None
    if asked and _typed(config):
        return "dev", "dev, as --mltest-profile asks: CI is set, and the plan of plan.lock binds nobody in this run"
    if asked or settled:
        return "merge", 'merge: "dev" of the settings is not taken where CI is set and a plan is locked'
    return "merge", None


def _typed(config: pytest.Config) -> bool:
    """Whether the profile is on the command line itself, not in the addopts of a file."""
    return any(word.partition("=")[0] == "--mltest-profile" for word in map(str, config.invocation_params.args))


_READERS = {
    "approvals": ("approvals", "read_approvals"),
    "waivers": ("waiver", "read_waivers"),
    "trust": ("trust", "read_trust"),
    "declared": ("declared", "read_declared"),
    "manual_controls": ("manual_controls", "read_attestations"),
}


def _refuse_mistakes(committed: Committed) -> None:
    """Read what is there for its mistakes; what it says is asked for when the run is judged."""
    for role in sorted(set(committed.texts) & set(_READERS)):
        module, reader = _READERS[role]
        getattr(import_module(f"mltest.policy.{module}"), reader)(committed.texts[role])
