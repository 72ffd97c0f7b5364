"""The run object: who, where, with what (governance section 4.2)."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mltest.evidence.canonical import digest_of
from mltest.interop.git import authors_of, commit_of, is_ancestor
from mltest.plugin.folder import timestamp
from mltest.plugin.release import since_release
from mltest.policy.committed import NAMES
from mltest.policy.waiver import commits_named, read_waivers

if TYPE_CHECKING:
    import pytest

    from mltest.evidence.assembly import Gathered
    from mltest.plugin.progress import Progress
    from mltest.plugin.promises import Promise
    from mltest.plugin.run import Run
    from mltest.policy.committed import Committed

__all__ = ["run_object", "without_credentials"]

_DISTRIBUTION = re.compile(r"(?P<name>.+?)-(?P<version>\d[^-]*)\.dist-info")
_SECRET = re.compile(r"(token|secret|password|passwd|key)", re.IGNORECASE)
_BASELINES = ("production", "baseline", "champion", "reference")


def run_object(
    config: pytest.Config,
    run: Run,
    progress: Progress,
    gathered: Gathered,
    *,
    source: dict[str, Any],
    promise: Promise,
    committed: Committed,
    finished: float,
) -> dict[str, Any]:
    """Everything about the run that its plan and its results do not say."""
    governance = run.governance
    waivers = read_waivers(committed.texts["waivers"]) if "waivers" in committed.texts else ()
    ancestors = [commit for commit in commits_named(waivers) if is_ancestor(run.root, commit)]
    return {
        "schema": "mltest/run/v1",
        "run_id": run.id,
        **run.storing.described(run),
        "plan_digest": promise.digest,
        "lock_digest": governance.lock.digest if governance and governance.lock else None,
        "plan_status": promise.status,
        "differences": promise.differences,
        "profile": governance.profile if governance else "dev",
        "source": {**source, "ancestors": ancestors} if ancestors else source,
        **_lock_facts(run),
        **since_release(run, promise.plan),
        "subjects": _subjects(gathered, run.root),
        "data_seen": _data_seen(gathered),
        "invocation": _invocation(config),
        "environment": _environment(config),
        "clock": {
            "started": timestamp(run.started),
            "finished": timestamp(finished),
            "monotonic_ms": round(1000 * (finished - run.started)),
        },
        "workers": [{"id": name, **progress.workers[name]} for name in sorted(progress.workers)],
        "inputs": committed.digests(),
        "row_data": {"contains": False, "columns": []},
        "problems": list(progress.problems),
    }


def _lock_facts(run: Run) -> dict[str, Any]:
    """Who wrote the plan as it stands, for whoever asks whether they approved it themselves."""
    if run.governance is None or run.governance.lock is None:
        return {"lock_authors": []}
    name = NAMES["lock"]
    return {"lock_authors": authors_of(run.root, name), "lock_commit": commit_of(run.root, name)}


def _subjects(gathered: Gathered, root: Path) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "role": "baseline" if name in _BASELINES else "candidate",
            "digest": read["digest"],
            "bytes": read["bytes"],
            "format": without_credentials(read["uri"], root).rpartition(".")[2],
        }
        for name, read in sorted(gathered.reads.items())
        if read["model"]
    ]


def _data_seen(gathered: Gathered) -> list[dict[str, Any]]:
    return [
        {
            "id": name,
            "digest": read["digest"],
            "bytes": read["bytes"],
            "rows": read["rows"],
            "method": "file-sha256",
            "cached": False,
        }
        for name, read in sorted(gathered.reads.items())
        if not read["model"]
    ]


def without_credentials(uri: str, root: Path) -> str:
    """A URL without user, password and query; a path relative to the project."""
    if "://" not in uri:
        return _without_home(Path(uri), root)
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"


def _without_home(path: Path, root: Path) -> str:
    if path.is_relative_to(root):
        return path.relative_to(root).as_posix()
    return path.name if path.is_absolute() else path.as_posix()


def _invocation(config: pytest.Config) -> dict[str, Any]:
    option = config.option
    return {
        "args": [_redacted(str(argument), config.rootpath) for argument in config.invocation_params.args],
        "selection": {
            "keyword": option.keyword or "",
            "marks": option.markexpr or "",
            "deselect": list(option.deselect or ()),
            "maxfail": option.maxfail or 0,
            "last_failed": bool(getattr(option, "lf", False)),
            "stepwise": bool(getattr(option, "stepwise", False)),
        },
    }


def _redacted(argument: str, root: Path) -> str:
    name, found, value = argument.partition("=")
    if found and _SECRET.search(name):
        return f"{name}=…"
    if "://" in value:
        return f"{name}={without_credentials(value, root)}"
    for folder, shown in ((str(root), "."), (str(Path.home()), "~")):
        argument = argument.replace(folder, shown)
    return argument


def _environment(config: pytest.Config) -> dict[str, Any]:
    packages = _packages()
    plugins = {(found.project_name, found.version) for _, found in config.pluginmanager.list_plugin_distinfo()}
    return {
        "python": platform.python_version(),
        "os": platform.system().lower(),
        "arch": platform.machine(),
        "cpu_count": os.cpu_count() or 1,
        "packages_digest": digest_of(packages),
        "packages": packages,
        "plugins": [list(plugin) for plugin in sorted(plugins)],
        "host_hash": f"h:{hashlib.sha256(platform.node().encode()).hexdigest()[:8]}",
    }


def _packages() -> list[list[str]]:
    """Installed distributions from the names of their folders: their metadata files need not be read."""
    found: dict[str, str] = {}
    folders = [Path(place or ".") for place in sys.path]
    for entry in (entry for folder in folders if folder.is_dir() for entry in folder.iterdir()):
        match = _DISTRIBUTION.fullmatch(entry.name)
        if match:
            found.setdefault(match["name"].lower().replace("_", "-"), match["version"])
    return [[name, found[name]] for name in sorted(found)]
