"""Saved and loaded: what a model keeps only in memory is lost on the way to production."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mltest.errors import ModelError
from mltest.serving.child import load
from mltest.serving.question import NotAsked, Question
from mltest.serving.saved import no_file, save
from mltest.serving.subject import first_line

if TYPE_CHECKING:
    from mltest.serving.answer import Answer

__all__ = ["ask"]


def ask(question: Question) -> Answer | NotAsked:
    """The model read back from a folder that is removed again."""
    reason = no_file(question.subject.model)
    if reason:
        return NotAsked(reason)
    with tempfile.TemporaryDirectory(prefix="mltest-") as folder:
        path = save(question.subject, Path(folder))
        try:
            again = load(path)
        except Exception as error:
            msg = f"{question.subject.name} cannot be loaded: {type(error).__name__}: {first_line(error)}"
            raise ModelError(msg) from error
        # the model may map its file into memory: it answers while the file is there
        return question.subject.with_model(again).ask(question.whole(), question.table.rows)
