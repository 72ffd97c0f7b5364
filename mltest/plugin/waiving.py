"""Which misses of a running test an accepted risk covers: such a call does not raise, and the test is no pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mltest.evidence.records import id_of, record_of
from mltest.interop.git import is_ancestor, source_of
from mltest.plugin.folder import timestamp
from mltest.plugin.provenance import authors_in
from mltest.policy.committed import Committed
from mltest.policy.demands import resolved_policy
from mltest.policy.given import given_by
from mltest.policy.waiver import commits_named
from mltest.policy.waiver_codes import Circumstances
from mltest.policy.waiver_judgement import Found, judge_waivers

if TYPE_CHECKING:
    from mltest.plugin.run import Run

__all__ = ["Waiving"]


class Waiving:
    """Judges one result at a time by the waivers of the project; the gate judges them all again at the end.

    Parameters
    ----------
    run : Run
        The run.
    candidates : callable
        Gives the digests of the models that were read so far.
    """

    def __init__(self, run: Run, candidates: Callable[[], Mapping[str, str]]) -> None:
        self._run, self._candidates = run, candidates
        self._committed = Committed.read(run.root)
        self._given = given_by(self._committed)

    def __call__(self, event: Mapping[str, Any]) -> str | None:
        """The id of the waiver that covers a result of a journal, or None."""
        record = record_of(event, None, entry=None, worker="")
        identity = id_of(event)
        if not any(waiver.names(identity) for waiver in self._given.waivers):
            return None
        around = Circumstances.of(
            {**self._facts, "subjects": self._subjects()},
            resolved_policy(self._run.settings),
            {identity: event["kind"]},
            trust=self._given.trust,
        )
        _, applied = judge_waivers(self._given.waivers, [Found(identity, record["verdict"], record)], around)
        found = applied.get(identity)
        return found.waiver if found is not None and found.state == "valid" else None

    def _subjects(self) -> list[dict[str, str]]:
        return [{"digest": digest, "role": "candidate"} for digest in self._candidates().values()]

    @cached_property
    def _facts(self) -> dict[str, Any]:
        """The run as far as it is known while tests run; git is asked when a waiver first needs an answer."""
        ancestors = [name for name in commits_named(self._given.waivers) if is_ancestor(self._run.root, name)]
        return {
            "clock": {"finished": timestamp(self._run.started)},
            "source": {**source_of(self._run.root), "ancestors": ancestors},
            "lock_authors": authors_in(self._run.root, self._committed),
        }
