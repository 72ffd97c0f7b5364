"""The container image that a run is in, as far as it can be known from inside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

__all__ = ["NOT_VISIBLE", "image_of"]

NOT_VISIBLE = "in a container, digest not visible from inside"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
# set by whoever starts the container, as no runtime tells the digest by itself
_VARIABLES = ("MLTEST_IMAGE_DIGEST", "CONTAINER_IMAGE_DIGEST", "IMAGE_DIGEST", "CI_JOB_IMAGE", "BUILDKITE_DOCKER_IMAGE")
_SIGNS = ("docker", "containerd", "kubepods", "libpod", "lxc", "crio", "buildkit")


def image_of(environment: Mapping[str, str], root: Path = Path("/")) -> str | None:
    """The digest of the image, that it cannot be seen, or None outside a container.

    Parameters
    ----------
    environment : mapping of str to str
        Read are ``MLTEST_IMAGE_DIGEST`` and a few names that CI services and charts use, such as ``CI_JOB_IMAGE``,
        where these name an image by its digest.
    root : path
        Where ``run``, ``proc`` and ``.dockerenv`` are looked for.

    Notes
    -----
    Podman writes ``imageid`` into ``/run/.containerenv`` of a privileged container. Docker and Kubernetes tell nothing
    inside: there a digest is known only if whoever starts the container hands it in.

    Examples
    --------
    >>> image_of({"MLTEST_IMAGE_DIGEST": "registry.example/pd@sha256:" + "a" * 64})[:13]
    'sha256:aaaaaa'
    """
    for name in _VARIABLES:
        found = _DIGEST.search(environment.get(name, ""))
        if found:
            return found[0]
    podman = _read(root / "run" / ".containerenv")
    if podman is not None:
        named = re.search(r'^(?:imageid|image)="?[^"\n]*?((?:sha256:)?[0-9a-f]{64})"?$', podman, re.MULTILINE)
        return f"sha256:{named[1].removeprefix('sha256:')}" if named else NOT_VISIBLE
    return NOT_VISIBLE if _is_inside(environment, root) else None


def _is_inside(environment: Mapping[str, str], root: Path) -> bool:
    if (root / ".dockerenv").exists() or environment.get("KUBERNETES_SERVICE_HOST") or environment.get("container"):
        return True
    groups = _read(root / "proc" / "self" / "cgroup") or ""
    if any(sign in line for line in groups.splitlines() for sign in _SIGNS):
        return True
    # under the second version of cgroups the path says nothing; the root of the file system still does
    mounts = (_read(root / "proc" / "self" / "mountinfo") or "").splitlines()
    return any(line.split()[4:5] == ["/"] and " overlay " in line for line in mounts)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # there is no such file here, or it is not ours to read
        return None
