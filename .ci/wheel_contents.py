"""Fails when the wheel holds what it should not, or lacks a file of the package."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path


def main(wheel: str) -> int:
    """Compare the names inside the wheel with the files of the package."""
    root = Path(__file__).resolve().parents[1]
    files = (path.relative_to(root) for path in (root / "mltest").rglob("*") if path.is_file())
    caches = ("__pycache__", ".")
    wanted = {path.as_posix() for path in files if not any(part.startswith(caches) for part in path.parts)}
    with zipfile.ZipFile(wheel) as archive:
        found = {name for name in archive.namelist() if ".dist-info/" not in name}
    if wanted == found:
        return 0
    print(
        f"missing from the wheel: {sorted(wanted - found)}; there by mistake: {sorted(found - wanted)}", file=sys.stderr
    )
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
