"""What a run was started with and what it runs in: arguments, packages, lock files, container, CI job."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mltest.evidence.canonical import digest_of
from mltest.interop.ci import ci_of
from mltest.interop.container import image_of
from mltest.interop.lock_files import lock_files

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

    from mltest.evidence.redaction import Redaction

__all__ = ["environment_of", "invocation_of", "surroundings_of"]

_DISTRIBUTION = re.compile(r"(?P<name>.+?)-(?P<version>\d[^-]*)\.dist-info")


def surroundings_of(root: Path, redact: Redaction) -> dict[str, Any]:
    """The lock files of the project, and the container and the CI job around the run, where there are any."""
    locks, image, ci = lock_files(root), image_of(os.environ), ci_of(os.environ)
    return {
        **({"lock_file": locks[0]} if locks else {}),
        **({"lock_files": locks} if len(locks) > 1 else {}),
        **({"image": image} if image else {}),
        **({"ci": redact.plain(ci)} if ci else {}),
    }


def invocation_of(config: pytest.Config, redact: Redaction) -> dict[str, Any]:
    """How pytest was called: its arguments, and what they select."""
    option = config.option
    return {
        "args": _arguments(map(str, config.invocation_params.args), redact),
        "selection": {
            "keyword": redact(option.keyword or ""),
            "marks": redact(option.markexpr or ""),
            "deselect": [redact(prefix) for prefix in option.deselect or ()],
            "paths": [redact(str(path)) for path in option.file_or_dir or ()],
            "ignore": [redact(str(path)) for path in option.ignore or ()],
            "maxfail": option.maxfail or 0,
            "last_failed": bool(getattr(option, "lf", False)),
            "stepwise": bool(getattr(option, "stepwise", False)),
            "import_mode": str(getattr(option, "importmode", "") or "prepend"),
        },
    }


def _arguments(arguments: Iterable[str], redact: Redaction) -> list[str]:
    told: list[str] = []
    before = ""
    for argument in arguments:
        told.append(redact.argument(argument, before))
        before = argument
    return told


def environment_of(config: pytest.Config) -> dict[str, Any]:
    """Python, the machine's kind and what is installed; the host as a hash, and no variable of the environment."""
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
