"""In a fresh interpreter: what a model leans on in the process that trained it is not there."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from mltest.errors import ModelError
from mltest.quoted import quoted
from mltest.serving.question import NotAsked, Question
from mltest.serving.saved import no_file, save

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltest.serving.answer import Answer

__all__ = ["TIMEOUT", "ask", "start"]

TIMEOUT = 300.0
_LAST_LINES = 3


def ask(question: Question) -> Answer | NotAsked:
    """One process that loads the saved model and answers."""
    with ExitStack() as leaving:
        return start(question, leaving)()


def start(question: Question, leaving: ExitStack) -> Callable[[], Answer | NotAsked]:
    """Start the process and return what waits for its answer; ``leaving`` ends it and removes its folder."""
    reason = no_file(question.subject.model)
    if reason:
        return lambda: NotAsked(reason)
    folder = Path(leaving.enter_context(tempfile.TemporaryDirectory(prefix="mltest-")))
    try:
        _write_job(question, folder)
    except ModelError as error:
        return _raising(error)
    child = _process(folder)
    leaving.callback(_end, child)
    return lambda: _answer(question, child, folder)


def _write_job(question: Question, folder: Path) -> None:
    model = save(question.subject, folder)
    job = {"path": sys.path, "model": model.name, "method": question.subject.method}
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    (folder / "table.pkl").write_bytes(pickle.dumps(question.whole()))


def _process(folder: Path) -> subprocess.Popen[bytes]:
    """What it prints goes to a file, so that no amount of it can block."""
    # another seed of str's hash than here, whatever it is here: a model must not depend on it
    environment = {**os.environ, "PYTHONHASHSEED": "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"}
    program = Path(__file__).with_name("child.py")
    with (folder / "output.txt").open("wb") as output:
        return subprocess.Popen(  # noqa: S603 - our own program with our own folder
            [sys.executable, str(program), str(folder)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that what the model starts there ends with it
        )


def _answer(question: Question, child: subprocess.Popen[bytes], folder: Path) -> Answer:
    who = f"{question.subject.called} in a fresh interpreter"
    try:
        code = child.wait(TIMEOUT)
    except subprocess.TimeoutExpired as error:
        raise ModelError(f"{who} gave no answer within {TIMEOUT:g} s; {_last_lines(folder)}") from error
    file = folder / "answer.pkl"
    if code or not file.exists():
        raise ModelError(f"{who} ended with exit code {code}; {_last_lines(folder)}")
    given = pickle.loads(file.read_bytes())  # noqa: S301 - written by our own child in our own folder
    return question.subject.read(given, question.table.rows, who)


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        _kill(child)
    child.wait()


def _kill(child: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()


def _last_lines(folder: Path) -> str:
    lines = (folder / "output.txt").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return (
        "last lines: " + quoted(" | ".join(line.strip() for line in lines[-_LAST_LINES:]))
        if lines
        else "it printed nothing"
    )


def _raising(error: ModelError) -> Callable[[], Answer | NotAsked]:
    def raised() -> Answer | NotAsked:
        raise error

    return raised
