"""The program of the fresh interpreter: load the model, answer once, write the answer down.

It imports nothing of mltest, so that the model finds an interpreter as fresh as a server's.
"""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path
from typing import Any

__all__ = ["load", "main"]


def load(path: Path) -> Any:
    """Read a model that was just saved here; never called on a file from elsewhere."""
    if path.suffix == ".skops":
        from skops import io

        return io.load(path, trusted=io.get_untrusted_types(file=path))
    if path.suffix == ".joblib":
        import joblib

        return joblib.load(path)
    return pickle.loads(path.read_bytes())  # noqa: S301 - written a moment ago by `mltest.serving.saved`


def main(folder: Path) -> None:
    """Read ``job.json``, the model and ``table.pkl``; write ``answer.pkl``."""
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    sys.path[:] = job["path"]
    model = load(folder / job["model"])
    table = pickle.loads((folder / "table.pkl").read_bytes())  # noqa: S301 - written by the parent process
    call = model if job["method"] == "__call__" else getattr(model, job["method"])
    answer = pickle.dumps(call(table))
    (folder / "answer.part").write_bytes(answer)
    (folder / "answer.part").rename(folder / "answer.pkl")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
