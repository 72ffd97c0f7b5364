"""A run against its lock: which judgements were promised as they were made, what differs, what was not reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from mltest.evidence.canonical import canonical_of_json, digest
from mltest.policy.plan import OF_TEST, planned_check
from mltest.policy.unnamed import lock_pins

__all__ = ["Promised", "by_digest", "code_of"]

Reason = Callable[[str], Mapping[str, str] | None]
_NONE: Mapping[str, Mapping[str, Any]] = {}
_UNREACHED = {"reason": "check_not_reached", "detail": "the test ended before it called this check"}
_NOT_SET_UP = {"reason": "check_not_reached", "detail": "the fixture was not set up"}


class Promised:
    """The entries of a locked plan, and what a run made of them.

    Parameters
    ----------
    plan : mapping
        The plan of the lock.

    Examples
    --------
    >>> promised = Promised({"checks": [], "data": [], "baselines": [], "settings": {}})
    >>> promised.executed({}, settings={}, reads={})["checks"]
    []
    """

    def __init__(self, plan: Mapping[str, Any]) -> None:
        self.plan = plan
        self.entries = {entry["id"]: entry for entry in plan["checks"]}
        self.nodes = {entry["nodeid"] for entry in plan["checks"]}
        self._policy = plan["settings"].get("policy") or {}
        self._pins = lock_pins(plan)
        self._data = {item["id"] for item in plan["data"]}
        self._baselines = {item["id"] for item in plan["baselines"]}
        self._digests: dict[str, str] = {}
        self._other: dict[str, dict[str, Any]] = {}

    def entry_of(
        self,
        event: Mapping[str, Any],
        test: Mapping[str, Any] | None,
        identity: str,
        reads: Mapping[str, Mapping[str, Any]],
    ) -> str | None:
        """The digest of the entry that a judgement was promised by; None where it was not, or otherwise."""
        data, baselines = by_digest(self._data, reads), by_digest(self._baselines, reads)
        asked: dict[str, Any] = {"data": data, "baselines": baselines, "policy": self._policy, "pinned": self._pins}
        made = planned_check(event, test, identity, **asked)
        found = _in_json(made)
        if self.entries.get(identity) == found:
            return self._digest(identity)
        self._other[identity] = found
        return None

    def _digest(self, identity: str) -> str:
        if identity not in self._digests:
            self._digests[identity] = digest(canonical_of_json(self.entries[identity]))
        return self._digests[identity]

    def executed(
        self,
        tests: Mapping[str, Mapping[str, Any]],
        *,
        settings: Mapping[str, Any],
        reads: Mapping[str, Mapping[str, Any]],
        marked: Iterable[str] = (),
        gone: Callable[[str], bool] = lambda _node: False,
        loaded: Mapping[str, Mapping[str, Any]] = _NONE,
        digest_at: Callable[[str], str | None] = lambda _path: None,
        passed_by: Callable[[], Collection[str]] = tuple,
    ) -> dict[str, Any]:
        """The plan as this run would have written it: equal to the lock's where the run kept to it.

        Parameters
        ----------
        tests : mapping
            The entry of every collected test, by node id.
        settings : mapping
            The plan settings of this run.
        reads : mapping
            The artifacts that were read, by name, each with its digest.
        marked : iterable of str
            The tests that a mark puts under the plan even if they call no check.
        gone : callable
            Whether a test of the plan is no more, though it was looked for where it was.
        loaded : mapping
            The project's files that the run loaded, by path, each with its digest and the tests' files it serves.
        digest_at : callable
            The digest of a file today, by its path; None where it is no more.
        passed_by : callable
            The ids of the planned checks that a test which ended well never came to. Where nothing else differs, they
            are only left out; beside an edit they are what it took away.
        """
        checks = [
            self._now(entry, tests.get(entry["nodeid"])) for entry in self.plan["checks"] if not gone(entry["nodeid"])
        ]
        checks += [self._other[name] for name in sorted(set(self._other) - set(self.entries))]
        judged = {entry["nodeid"] for entry in checks}
        checks += [_in_json(tests[node]) for node in sorted(set(marked) - judged) if node in tests]
        executed = {
            **{name: value for name, value in self.plan.items() if name != "code"},
            "settings": _in_json(settings),
            "data": [_read(item, reads) for item in self.plan["data"]],
            "baselines": [_read(item, reads) for item in self.plan["baselines"]],
            "checks": sorted(checks, key=lambda entry: entry["id"]),
            **self._code(loaded, checks, digest_at),
        }
        if executed != self.plan:
            lost = set(passed_by())
            executed["checks"] = [entry for entry in executed["checks"] if entry["id"] not in lost]
        return executed

    def _code(
        self,
        loaded: Mapping[str, Mapping[str, Any]],
        checks: Iterable[Mapping[str, Any]],
        digest_at: Callable[[str], str | None],
    ) -> dict[str, Any]:
        """What was planned as it is today, loaded or not, and what else was loaded."""
        today = {item["path"]: digest_at(item["path"]) for item in self.plan.get("code", ())}
        more = {item["path"]: item["sha256"] for item in code_of(loaded, checks) if item["path"] not in today}
        now = {path: found for path, found in {**today, **more}.items() if found is not None}
        return {"code": [{"path": path, "sha256": now[path]} for path in sorted(now)]} if now else {}

    def _now(self, entry: Mapping[str, Any], test: Mapping[str, Any] | None) -> Mapping[str, Any]:
        """The entry as executed; where it was not, as its test stands today."""
        if entry["id"] in self._other:
            return self._other[entry["id"]]
        if test is None:
            return entry
        kept = ("severity", *(("required", "required_by") if entry.get("required_by") == "policy" else ()))
        today = {name: test[name] for name in OF_TEST if name in test and name not in kept}
        if entry["kind"] == "test":
            today["severity"] = test["severity"]
        gone = {name for name in OF_TEST if name in entry and name not in test}
        return {name: value for name, value in {**entry, **today}.items() if name not in gone}

    def not_run(
        self, recorded: Collection[str], *, judged: Collection[str], crashed: Collection[str], reason: Reason
    ) -> dict[str, dict[str, str]]:
        """Each planned check without a record, with its reason.

        Parameters
        ----------
        recorded : collection of str
            The ids of all records.
        judged : collection of str
            The tests with any record.
        crashed : collection of str
            The tests that took their process with them: what they did not judge is an error, and not left out.
        reason : callable
            Why a test did not run to its end; None where it did.
        """
        missed: dict[str, dict[str, str]] = {}
        fixtures: dict[str, str] = {}
        for identity, entry in self.entries.items():
            node = entry["nodeid"]
            if identity in recorded or node in crashed:
                continue
            if _is_fixture(node):
                fixtures[identity] = node
            elif entry["kind"] != "test":
                missed[identity] = dict(reason(node) or _UNREACHED)
            elif node not in judged and (said := reason(node)) is not None:
                missed[identity] = dict(said)
        return missed | {identity: self._of_fixture(node, missed) for identity, node in fixtures.items()}

    def _of_fixture(self, node: str, missed: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
        """A shared fixture that nobody set up is missing for the reason that most tests beside it are."""
        home = node.rpartition("::")[0]
        beside = [name for name in missed if self.entries[name]["nodeid"].startswith((f"{home}::", f"{home}/"))]
        said = Counter((missed[name]["reason"], missed[name]["detail"]) for name in beside or missed)
        if not said:
            return dict(_NOT_SET_UP)
        reason, detail = min(said, key=lambda why: (-said[why], why))
        return {"reason": reason, "detail": detail}


def _is_fixture(node: str) -> bool:
    return node.rpartition("::")[2].startswith("fixture ")


def code_of(loaded: Mapping[str, Mapping[str, Any]], checks: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The loaded files that checks depend on and no entry of theirs names, by path.

    A file that only tests without a check lead to is none of the plan's.

    Examples
    --------
    >>> loaded = {
    ...     "prep.py": {"path": "prep.py", "sha256": "sha256:1", "by": ["conftest.py"]},
    ...     "shop.py": {"path": "shop.py", "sha256": "sha256:2", "by": ["tests/test_plain.py"]},
    ... }
    >>> code_of(loaded, [{"nodeid": "tests/test_x.py::test_a"}])
    [{'path': 'prep.py', 'sha256': 'sha256:1'}]
    """
    files: set[str] = set()
    named: set[tuple[str, str]] = set()
    for entry in checks:
        source = entry.get("source") or {}
        files |= {entry["nodeid"].partition("::")[0], source.get("path", "")} - {""}
        named |= {(item["path"], item["sha256"]) for item in (source, *source.get("helpers", ())) if "sha256" in item}
    return [
        {"path": path, "sha256": loaded[path]["sha256"]}
        for path in sorted(loaded)
        if (path, loaded[path]["sha256"]) not in named and any(_serves(by, files) for by in loaded[path]["by"])
    ]


def _serves(by: str, files: Collection[str]) -> bool:
    """Whether one of the files is what leads to a module, or lies below the conftest that does."""
    folder, found, _ = by.rpartition("conftest.py")
    if not by or by in files:
        return True
    return bool(found) and any(file.startswith(folder) for file in files)


def by_digest(names: Collection[str], reads: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The ids of inputs by the digest that each was read with.

    Examples
    --------
    >>> by_digest(["test"], {"test": {"digest": "sha256:1"}, "model": {"digest": "sha256:2"}})
    {'sha256:1': 'test'}
    """
    return {reads[name]["digest"]: name for name in sorted(names, reverse=True) if name in reads}


def _read(item: Mapping[str, Any], reads: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """A pinned input as this run read it; what moves, and what was not read, stands as it was planned."""
    found = reads.get(item["id"])
    if found is None or item.get("policy") == "moving" or "digest" not in item:
        return item
    now = {"digest": found["digest"], **({"rows": found["rows"]} if "rows" in item else {})}
    return {**item, **now}


def _in_json(value: Any) -> Any:
    """The value as it is read back from JSON: tuples as lists."""
    if isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (dict, Mapping)):
        return {str(key): _in_json(item) for key, item in value.items()}
    return [_in_json(item) for item in value] if isinstance(value, (list, tuple)) else value
