"""The run's place in the chain: begun on disk and in the store before the first check, uploaded after the last."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mltest.evidence.chain import Earlier
    from mltest.evidence.places import Folder
    from mltest.evidence.storage import Store
    from mltest.interop.git import Asked
    from mltest.plugin.run import Run

__all__ = ["Stored", "Storing"]

# a job checks out a commit and no branch: what its service calls the branch, a pull request's own before its merge
_DETACHED = "(detached)"
_BRANCHES = (
    *("GITHUB_HEAD_REF", "GITHUB_REF_NAME", "CI_COMMIT_REF_NAME", "CIRCLE_BRANCH", "BUILDKITE_BRANCH"),
    *("BITBUCKET_BRANCH", "SYSTEM_PULLREQUEST_SOURCEBRANCH", "BUILD_SOURCEBRANCH", "CHANGE_BRANCH", "BRANCH_NAME"),
)


class Stored(NamedTuple):
    """Where the run lies beside this machine, if anywhere, and what stood in the way."""

    url: str | None
    problems: tuple[str, ...]
    must_fail: bool


class Storing:
    """What is known of the run before its first check, and what becomes of its evidence after the last.

    One for each process; git is asked once. What cannot be uploaded is a problem and never an error: the
    evidence on this machine is whole without it.
    """

    def __init__(self, root: Path) -> None:
        self.refused = False
        self._root = root
        self._asked: Asked | None = None
        self._problems: list[str] = []
        self._reached = False
        self._lock = "unknown"

    def ask(self) -> None:
        """Put the questions about the work tree to git, without waiting."""
        if self._asked is None:
            from mltest.interop.git import Asked

            self._asked = Asked(self._root)

    def source(self) -> dict[str, Any]:
        """What git said when it was asked; the branch as the CI service names it, where no branch is checked out."""
        self.ask()
        found = self._asked.source() if self._asked else {}
        if found.get("ref") != _DETACHED:
            return found
        named = next((name for variable in _BRANCHES if (name := os.environ.get(variable))), _DETACHED)
        return {**found, "ref": named.removeprefix("refs/heads/")}

    def settle(self) -> None:
        """Wait for git where it was asked and nobody needs the answer."""
        if self._asked is not None:
            self._asked.source()

    def begin(self, run: Run) -> None:
        """Write ``begin.json`` unless another worker of this run was first, and put it in the store.

        A worker of xdist leaves it to the process it was started by, where that one knows that evidence is due.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        if run.planning or (run.worker and (run.settings is not None or run.planned)):
            return
        from mltest.evidence.canonical import canonical
        from mltest.evidence.places import Folder

        if (run.folder / "begin.json").exists():
            return
        store = self._store(run)
        earlier = self._before(run, store)
        data = canonical(self._begun(run, earlier))
        try:
            Folder(run.folder).create("begin.json", data)
        except FileExistsError:
            return
        if store is not None:
            self._tell(store, data)

    def described(self, run: Run) -> dict[str, Any]:
        """What ``run.json`` says of the chain, as ``begin.json`` has said it; of the store, and of its labels."""
        from mltest.evidence.canonical import parse
        from mltest.plugin.provenance import without_credentials

        self.begin(run)
        begun = parse((run.folder / "begin.json").read_bytes())
        said = {name: begun[name] for name in ("sequence", "previous_root")}
        settings = run.settings
        if settings is not None and settings.store:
            shown = without_credentials(settings.store.removeprefix("file://"), run.root)
            said["store"] = {"uri": shown, "lock": self._lock, "begun": self._reached}
        if settings is not None:
            labels = {"retention_until": settings.retention_until, "legal_hold": settings.legal_hold}
            said |= {name: value for name, value in labels.items() if value}
        return said

    def close(self, run: Run, *, project: str, root: str, gate: str, report: Path | None) -> Stored:
        """Add the run to the chain on this machine, then to the store."""
        from mltest.errors import EvidenceError
        from mltest.evidence.canonical import parse
        from mltest.evidence.chain import add_head, head_of

        head = head_of(parse((run.folder / "run.json").read_bytes()), project=project, root=root, gate=gate)
        url = None
        try:
            add_head(_here(run), "heads", head)
        except EvidenceError as refused:
            self._problems.append(str(refused))
        store = self._store(run)
        if store is not None:
            url = self._added(store, run, head, report)
        failed = bool(self._problems)
        must_fail = failed and (run.profile == "release" or bool(run.settings and run.settings.upload == "fail"))
        return Stored(url, tuple(dict.fromkeys(self._problems)), must_fail)

    def _begun(self, run: Run, earlier: Earlier) -> dict[str, Any]:
        source = self.source()
        lock = run.governance.lock if run.governance else None
        known = {"commit": source.get("commit"), "ref": source.get("ref"), "nonce": _nonce(run)}
        return {
            "schema": "mltest/begin/v1",
            "run_id": run.id,
            "sequence": earlier.sequence + 1,
            "previous_root": earlier.root,
            "started": _timestamp(run.started),
            "seed": run.seed,
            "lock_digest": lock.digest if lock else None,
            "subjects": [],  # models are opened by the tests
            **{name: value for name, value in known.items() if value},
        }

    def _store(self, run: Run) -> Store | None:
        """The store that is settled; None where there is none, or where it cannot be opened."""
        settings = run.settings
        if settings is None or not settings.store:
            return None
        from mltest.errors import MltestError
        from mltest.evidence.places import place_of
        from mltest.evidence.storage import Store

        try:
            return Store(place_of(settings.store, settings.base), settings.project)
        except MltestError as refused:
            self._problems.append(str(refused))
            return None

    def _before(self, run: Run, store: Store | None) -> Earlier:
        """The run before, as the store knows it; as this machine does where there is none, or it does not answer."""
        from mltest.errors import EvidenceError
        from mltest.evidence.chain import latest

        branch = self.source().get("ref")
        if store is not None:
            try:
                return self._seen(store.before(branch))
            except (EvidenceError, OSError) as refused:
                self._problems.append(str(refused))
        return self._seen(latest(_here(run), "heads", branch))

    def _seen(self, earlier: Earlier) -> Earlier:
        if earlier.problem:
            self._problems.append(earlier.problem)
        return earlier

    def _tell(self, store: Store, data: bytes) -> None:
        from mltest.errors import EvidenceError

        try:
            self._lock = store.begin(data)
        except EvidenceError as refused:
            self._problems.append(f"{refused}; the store did not know of this run before its first check")
        else:
            self._reached = True

    def _added(self, store: Store, run: Run, head: Mapping[str, Any], report: Path | None) -> str | None:
        from mltest.errors import EvidenceError

        try:
            return f"{store.place.shown}/{store.add(run.folder, head, report=report)}"
        except (EvidenceError, OSError) as refused:
            again = "the evidence stays on this machine, to be uploaded with: mltest store add"
            self._problems.append(f"{refused}; {again} {os.path.relpath(run.folder)}")
            return None


def _nonce(run: Run) -> str | None:
    """What the CI service calls this job, as run.json has it."""
    from mltest.interop.ci import ci_of
    from mltest.plugin.run import privacy_of

    ci = ci_of(os.environ)
    told = privacy_of(run).redact.plain(ci).get("nonce") if ci else None
    return None if told is None else str(told)


def _here(run: Run) -> Folder:
    from mltest.evidence.places import Folder

    return Folder(run.folder.parent.parent)


def _timestamp(seconds: float) -> str:
    from mltest.plugin.folder import timestamp

    return timestamp(seconds)
