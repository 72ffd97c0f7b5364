"""The fixture ``ml_baseline``: what was approved before, on the same rows, to compare with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mltest.assertion import demand
from mltest.catalogue import find
from mltest.evidence.recorder import active
from mltest.inputs.approved import COMMAND, approve, approved_file, changed, read_approved, replayed
from mltest.inputs.digests import digest_file
from mltest.metrics.registry import resolve
from mltest.metrics.sample import is_sample
from mltest.result import Finding, Result

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mltest.inputs.evaluation import Evaluation

__all__ = ["Baselines"]

_CHECK = "model.not_worse"


class Baselines:
    """The approved evaluations beside one test file.

    Parameters
    ----------
    test : Path
        The test's file; they are kept in the folder ``baselines`` beside it.
    root : Path
        The project, for messages.
    rewrites : bool
        Whether this run approves what it is given.

    Examples
    --------
    >>> import mltest
    >>> holdout = mltest.Evaluation([0, 1, 1], score=[0.2, 0.9, 0.4])
    >>> approving = Baselines(Path("test_model.py"), Path(), rewrites=True)
    >>> approving("production", holdout).rows
    3
    >>> later = Baselines(Path("test_model.py"), Path(), rewrites=False)
    >>> later("production", holdout).score.tolist()
    [0.2, 0.9, 0.4]
    """

    def __init__(self, test: Path, root: Path, *, rewrites: bool) -> None:
        self._test, self._root, self._rewrites = test, root, rewrites

    def __call__(self, name: str, evaluation: Evaluation, *, metrics: Iterable[str] = ()) -> Evaluation:
        """The approved evaluation of that name, on the rows of ``evaluation``.

        Parameters
        ----------
        name : str
            The file's name in ``baselines/``, without its ending.
        evaluation : Evaluation
            The same rows now: what it will be compared with, and what ``--mltest-update-baselines`` approves.
        metrics : iterable of str
            Metrics whose values are written beside the predictions when they are approved, for who reads it.

        Returns
        -------
        Evaluation
            The approved predictions on the same table, labels, weights and clusters.

        Raises
        ------
        Inconclusive
            Where nothing was approved yet (reason ``no-baseline``): the message has the command that does it.
        CheckFailed
            Where the rows changed since (reason ``baseline-of-other-rows``), by their digest.
        UsageError
            For a name that is no file's name, or what is no evaluation.
        ArtifactError
            For a file that cannot be read.
        """
        __tracebackhide__ = True
        is_sample(evaluation, "ml_baseline", "evaluation")
        file = approved_file(self._test.parent, name)
        shown = self._shown(file)
        if self._rewrites:
            values = {metric: resolve(metric, call="ml_baseline").beside(evaluation).value for metric in metrics}
            approve(evaluation, file, metrics=values)
            return self._kept(file, evaluation, name, f"{name}, approved in this run")
        command = f'pytest "{self._shown(self._test)}" {COMMAND}'
        if not file.is_file():
            demand(_missing(name, shown, evaluation, command))
        moved = changed(read_approved(file), evaluation)
        if moved is not None:
            demand(_moved(name, shown, moved, evaluation, command))
        return self._kept(file, evaluation, name, name)

    def _shown(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix() if path.is_relative_to(self._root) else path.name

    def _kept(self, file: Path, evaluation: Evaluation, name: str, shown_as: str) -> Evaluation:
        kept = read_approved(file)
        recorder = active()
        if recorder is not None:
            found: dict[str, Any] = {"digest": digest_file(file), "bytes": file.stat().st_size, "rows": len(kept.y)}
            recorder.read(f"baseline {name}", uri=str(file), model=False, **found)
        return replayed(kept, evaluation, shown_as)


def _missing(name: str, shown: str, evaluation: Evaluation, command: str) -> Result:
    return _told(
        name,
        evaluation,
        verdict="inconclusive",
        reason="no-baseline",
        sentence=f"nothing was approved yet as baseline {name!r}",
        because=f"there is no {shown}, so there is nothing to compare with",
        advice=f"look at this evaluation, then approve it and commit the file: {command}",
    )


def _moved(name: str, shown: str, moved: str, evaluation: Evaluation, command: str) -> Result:
    return _told(
        name,
        evaluation,
        verdict="failed",
        reason="baseline-of-other-rows",
        sentence=f"baseline {name!r} was approved on other rows than these",
        because=moved,
        advice=f"bring the approved rows back, or approve the evaluation of these: {command}",
        findings=(Finding(rule="comparable", where=shown, what=moved),),
    )


def _told(name: str, evaluation: Evaluation, **said: Any) -> Result:
    find(_CHECK)  # the record's kind and title
    return Result(check=_CHECK, label=f"baseline {name}", inputs=evaluation.inputs, **said)
