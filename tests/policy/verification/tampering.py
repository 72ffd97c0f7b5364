"""The rows of the tamper table: each is made from a good run by one change, and names the code that it must meet."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from mltest.evidence.canonical import canonical, digest, digest_of
from mltest.policy.approvals import approvals_bytes
from tests.policy.verification.good_run import AUC, COMMIT, MODEL, RECALL, Objects, approval, record

OTHER = "sha256:" + "a" * 64
UNDETECTABLE = "without a signature"


class Row(NamedTuple):
    """One row: ``on_disk`` changes the files of a run, ``rebuilt`` its objects before every digest is made again.

    ``again`` is the code that the rebuilt run meets, or ``UNDETECTABLE``.
    """

    row: int
    name: str
    code: str
    status: int
    on_disk: Callable[[Path], object] | None = None
    rebuilt: Callable[[Objects], object] | None = None
    again: str | None = None
    options: tuple[str, ...] = ()


def edit(name: str, change: Callable[[Any], object]) -> Callable[[Path], object]:
    """Change one object on disk, in canonical form, and nothing else."""

    def changed(folder: Path) -> None:
        path = folder / f"{name}.json"
        found = json.loads(path.read_bytes())
        change(found)
        path.write_bytes(canonical(found))

    return changed


def bytes_of(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    """Change the bytes of one file."""

    def changed(folder: Path) -> None:
        path = folder / name
        path.write_bytes(change(path.read_bytes()))

    return changed


def put(*path: str | int, value: Any) -> Callable[[Any], object]:
    """Set one member, found by its path."""

    def change(found: Any) -> None:
        for step in path[:-1]:
            found = found[step]
        found[path[-1]] = value

    return change


def without_record(results: Objects) -> None:
    results["records"] = results["records"][1:]


def with_record(results: Objects) -> None:
    extra = json.loads(json.dumps(results["records"][0]))
    extra |= {"id": f"{AUC}x", "entry": None, "flags": ["unplanned"]}
    results["records"].append(extra)


def twice(results: Objects) -> None:
    results["records"].append(results["records"][0])


def rerun(parts: Objects) -> None:
    entry = next(entry for entry in parts["plan"]["checks"] if entry["id"] == AUC)
    tries = [record(entry, 0.7, attempt=at, verdict="failed") for at in (1, 2)]
    parts["results"]["records"] = [*tries, record(entry, 0.8123, attempt=3), *parts["results"]["records"][1:]]


def rerun_on_disk(folder: Path) -> None:
    def change(results: Objects) -> None:
        plan = json.loads((folder / "plan.json").read_bytes())
        rerun({"plan": plan, "results": results})

    edit("results", change)(folder)


def without_check(parts: Objects) -> None:
    """The check is taken out of the tests, out of the lock and out of the results; the approval is for what is left."""
    from mltest.policy.plan import lock_bytes

    parts["plan"]["checks"] = [entry for entry in parts["plan"]["checks"] if entry["id"] != RECALL]
    parts["results"]["records"] = [one for one in parts["results"]["records"] if one["id"] != RECALL]
    parts["files"] |= {
        "lock": lock_bytes(parts["plan"]),
        "approvals": approvals_bytes([approval(parts["plan"])]),
    }


def lock_by_hand(parts: Objects) -> None:
    parts["files"]["lock"] = parts["files"]["lock"].replace(b"0.78", b"0.75")


def approved(**other: Any) -> Callable[[Objects], object]:
    """Another approval than the good one."""

    def change(parts: Objects) -> None:
        parts["files"]["approvals"] = approvals_bytes([approval(parts["plan"]) | other])

    return change


def blob(folder: Path, role: str) -> Path:
    named = json.loads((folder / "run.json").read_bytes())["inputs"][role]
    return folder / "blobs" / named.removeprefix("sha256:")


def blob_edited(role: str, change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    def changed(folder: Path) -> None:
        path = blob(folder, role)
        path.write_bytes(change(path.read_bytes()))

    return changed


def blob_replaced(role: str, change: Callable[[Any], object]) -> Callable[[Path], object]:
    """The kept file under its own new digest, and run.json that names it: consistent but for the digest of run.json."""

    def changed(folder: Path) -> None:
        path = blob(folder, role)
        found = json.loads(path.read_bytes())
        change(found)
        data = (json.dumps(found, indent=2, sort_keys=True) + "\n").encode()
        path.unlink()
        (folder / "blobs" / digest(data).removeprefix("sha256:")).write_bytes(data)
        edit("run", put("inputs", role, value=digest(data)))(folder)

    return changed


def clock(**times: Any) -> Callable[[Any], object]:
    return lambda run: run["clock"].update(times)


def in_run(change: Callable[[Any], object]) -> Callable[[Objects], object]:
    return lambda parts: change(parts["run"])


def in_results(change: Callable[[Any], object]) -> Callable[[Objects], object]:
    return lambda parts: change(parts["results"])


def on_both(row: int, name: str, code: str, change: Callable[[Any], object], *, of: str = "run", **more: Any) -> Row:
    """A change that is seen by its own code, whether the digests were made again or not."""
    part = in_run(change) if of == "run" else in_results(change)
    return Row(row, name, code, 1, edit(of, change), part, code, **more)


BACK = clock(started="2026-11-20T13:40:02.000Z", finished="2026-11-20T13:43:06.220Z", monotonic_ms=184220)
AHEAD = clock(started="2026-11-22T18:00:00.000Z", finished="2026-11-22T18:03:04.220Z", monotonic_ms=184220)
NESTED = b'{"schema":"mltest/run/v1","x":' + b"[" * 40 + b"]" * 40 + b"}"


def other_root(folder: Path) -> None:
    """results.json of another run in the place of this one's."""
    edit("results", put("run_id", value="01k9x2m4t7q8r5v6w3y0z1a2b4"))(folder)


def missing_blob(folder: Path) -> None:
    blob(folder, "approvals").unlink()


def packages(run: Objects) -> None:
    run["environment"]["packages"] = [["numpy", "1.0"]]
    run["environment"]["packages_digest"] = digest_of([["numpy", "1.0"]])


def required_packages(parts: Objects) -> None:
    from mltest.policy.plan import lock_bytes

    parts["plan"]["settings"]["policy"] = {"packages_digest": OTHER}
    parts["files"] |= {
        "lock": lock_bytes(parts["plan"]),
        "approvals": approvals_bytes([approval(parts["plan"])]),
    }


def attached(name: str) -> Callable[[Any], object]:
    row = {"name": name, "media_type": "text/plain", "sha256": OTHER, "bytes": 3}
    return lambda results: results["records"][0]["attachments"].append(row)


def wrong_limit(results: Objects) -> None:
    results["records"][0]["requirement"]["limit"] = 0.75


ROWS = (
    Row(
        *(1, "a number edited in results", "MLV01", 1),
        edit("results", put("records", 0, "value", value=0.9)),
        in_results(put("records", 0, "value", value=0.9)),
        UNDETECTABLE,
    ),
    Row(3, "record removed", "MLV03", 1, edit("results", without_record), in_results(without_record), "MLV03"),
    on_both(6, "data swapped before the run", "MLV06", put("data_seen", 0, "digest", value=OTHER)),
    Row(
        *(8, "threshold edited in the lock by hand", "MLP04", 1),
        blob_edited("lock", lambda data: data.replace(b"0.78", b"0.75")),
        lock_by_hand,
        "MLP04",
    ),
    Row(
        *(9, "approval for another plan reused", "MLP07", 1),
        blob_replaced("approvals", put("approvals", 0, "plan_digest", value=OTHER)),
        approved(plan_digest=OTHER),
        "MLP07",
    ),
    Row(
        *(10, "self-approval", "MLP05", 1),
        blob_replaced("approvals", put("approvals", 0, "name", value="ann bell")),
        approved(name="Ann Bell"),
        "MLP05",
    ),
    on_both(11, "clock set back", "MLV08", BACK),
    on_both(12, "clock in the future", "MLV09", AHEAD),
    on_both(13, "wall clock changed during the run", "MLV10", clock(monotonic_ms=12_000)),
    Row(14, "old run for a new commit", "MLV11", 1, options=("--expect-commit", "b" * 40)),
    Row(15, "old run for a new model", "MLV12", 1, options=("--expect-model", OTHER)),
    Row(16, "stale evidence", "MLV13", 1, options=("--max-age", "24h", "--at", "2026-11-29T18:00:00Z")),
    on_both(18, "dirty tree", "MLV15", lambda run: run["source"].update(dirty=True, dirty_paths=3)),
    Row(19, "truncated file", "MLV16", 3, bytes_of("results.json", lambda data: data[:1000])),
    Row(20, "duplicate record", "MLV17", 1, edit("results", twice), in_results(twice), "MLV17"),
    Row(20, "duplicate key", "MLV17", 1, bytes_of("results.json", lambda data: b'{"not_run":[],' + data[1:])),
    Row(23, "files from two runs mixed", "MLV20", 1, other_root),
    Row(24, "re-serialised JSON", "MLV21", 1, bytes_of("run.json", lambda data: data + b"\n")),
    Row(25, "attachment replaced", "MLV22", 1, blob_edited("approvals", lambda data: data + b" ")),
    Row(25, "attachment missing", "MLV22", 3, missing_blob),
    Row(26, "extra record", "MLV23", 1, edit("results", with_record), in_results(with_record), "MLV23"),
    Row(28, "rerun until green", "MLV25", 1, rerun_on_disk, rerun, "MLV25"),
    Row(34, "newer schema", "MLV35", 3, edit("run", put("schema", value="mltest/run/v2"))),
    on_both(35, "workers collected less", "MLC06", put("workers", 0, "collected", value=2)),
    Row(36, "path escape", "MLV36", 1, edit("results", attached("../x")), in_results(attached("../x")), "MLV36"),
    Row(37, "deeply nested", "MLV37", 3, bytes_of("run.json", lambda _: NESTED)),
    Row(
        *(39, "environment differs", "MLV39", 1),
        None,
        required_packages,
        "MLV39",
    ),
    on_both(40, "statistics version differs", "MLV40", put("stats", value="mltest-stats/2"), of="results"),
    Row(8, "limit beside the plan", "MLP08", 1, edit("results", wrong_limit), in_results(wrong_limit), "MLP08"),
)
assert COMMIT
assert MODEL
