"""The committed files of a run, read: what was approved, accepted, trusted, declared and attested by people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from mltest.policy.declared import Declared
    from mltest.policy.trust import Key
    from mltest.policy.waiver import Waiver

__all__ = ["Given", "Texts", "given_by"]


class Texts(Protocol):
    """The bytes of the committed files by their role, such as ``mltest.policy.committed.Committed``."""

    @property
    def texts(self) -> Mapping[str, bytes]:
        """Those that are there."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """What the files say; ``trust`` is None where nobody keeps a list, which is not the same as an empty one."""

    approvals: Sequence[Mapping[str, Any]] = ()
    waivers: tuple[Waiver, ...] = ()
    trust: tuple[Key, ...] | None = None
    declared: tuple[Declared, ...] = ()
    attestations: Sequence[Mapping[str, Any]] = ()
    controls: bytes | None = None


def given_by(committed: Texts | None) -> Given:
    """Read each file that is there; a reader is loaded only for its file.

    Raises
    ------
    UsageError
        With the mistakes of a file.

    Examples
    --------
    >>> given_by(None).trust is None
    True
    """
    texts = committed.texts if committed is not None else {}
    found: dict[str, Any] = {}
    if "approvals" in texts:
        from mltest.policy.approvals import read_approvals

        found["approvals"] = read_approvals(texts["approvals"])
    if "waivers" in texts:
        from mltest.policy.waiver import read_waivers

        found["waivers"] = read_waivers(texts["waivers"])
    if "trust" in texts:
        from mltest.policy.trust import read_trust

        found["trust"] = read_trust(texts["trust"])
    if "declared" in texts:
        from mltest.policy.declared import read_declared

        found["declared"] = read_declared(texts["declared"])
    if "manual_controls" in texts:
        from mltest.policy.manual_controls import read_attestations

        found["attestations"] = read_attestations(texts["manual_controls"])
    return Given(**found, controls=texts.get("controls"))
