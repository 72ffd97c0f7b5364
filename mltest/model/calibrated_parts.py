"""Part of `assert_calibrated`: the classes and groups that are judged, and how each is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mltest.assertion import seed_here
from mltest.digits import number
from mltest.errors import UsageError
from mltest.inputs.slices import slices_of
from mltest.metrics.sample import class_codes, probabilities
from mltest.result import Curve, Measurement
from mltest.stats.calibration_chance import Calibration, calibration, lack_of
from mltest.stats.calibration_line import calibration_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from mltest.inputs.evaluation import Evaluation

__all__ = ["METHOD", "NAME", "Part", "curves_of", "parts_of"]

NAME = "calibration_error"
METHOD = "consistency_resampling"
_RESAMPLES = 999
# so many sets that the smallest p-value can still be told after Holm's correction
_A_PART = 40
_DRAWN = 4


@dataclass(frozen=True, slots=True)
class Part:
    """A class or group as it was found; `lack` says why it cannot be judged."""

    found: Calibration | None
    told: Measurement
    lack: str | None = None
    grouped: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """Stated probability and outcome of one class in one group."""

    name: str | None
    stated: NDArray[np.float64]
    hit: NDArray[np.bool_]
    sample: Evaluation
    grouped: bool


def parts_of(evaluation: Evaluation, columns: tuple[str, ...], call: str) -> list[Part]:
    """Every class (of two, the positive one) in every group."""
    asked = [each for name, sample in _groups(evaluation, columns) for each in _classes(name, sample, call)]
    resamples = max(_RESAMPLES, _A_PART * len(asked) - 1)
    return [_part(each, seed_here(call, each.name or ""), resamples) for each in asked]


def _groups(evaluation: Evaluation, columns: tuple[str, ...]) -> Iterator[tuple[str | None, Evaluation]]:
    if not columns:
        yield None, evaluation
        return
    groups = slices_of(evaluation.table, columns)
    for name, index in zip(groups.labels, groups.rows(), strict=True):
        yield name, evaluation.take(index)


def _classes(name: str | None, sample: Evaluation, call: str) -> Iterator[_Asked]:
    if not sample.has_score:
        msg = (
            f"{call}: {sample.model_name} gives no probabilities; calibrate what has predict_proba, "
            "or give them: mltest.Evaluation(y, score=...)"
        )
        raise UsageError(msg)
    stated = np.asarray(probabilities(sample, NAME), dtype=np.float64)
    if sample.task == "binary":
        yield _Asked(name, stated, sample.truth, sample, grouped=name is not None)
        return
    codes = class_codes(sample.y, sample.classes)
    for at, label in enumerate(sample.classes):
        where = ", ".join(filter(None, (name, f"class={label}")))
        yield _Asked(where, stated[:, at], codes == at, sample, grouped=name is not None)


def _part(asked: _Asked, seed: int, resamples: int) -> Part:
    sample = asked.sample
    lack = _lack(asked)
    if lack is not None:
        flags = ("too_small",) if asked.grouped else ()
        told = Measurement(
            name=NAME, value=None, method=METHOD, n=sample.rows, slice=asked.name, detail=lack, flags=flags
        )
        return Part(None, told, lack, asked.grouped)
    found = calibration(asked.stated, asked.hit, sample.weight, sample.cluster, seed=seed, resamples=resamples)
    told = Measurement(
        name=NAME,
        value=found.error,
        low=found.low,
        high=found.high,
        method=METHOD,
        n=found.n,
        slice=asked.name,
        detail=_detail(found, asked),
        flags=found.flags,
        seed=seed,
        bounds=found.bounds,
    )
    return Part(found, told, None, asked.grouped)


def _lack(asked: _Asked) -> str | None:
    weight = asked.sample.weight
    if weight is not None and not weight.any():
        return "every weight is 0"
    return lack_of(asked.stated, asked.hit, weight)


def _detail(found: Calibration, asked: _Asked) -> str:
    line = calibration_line(asked.stated, asked.hit, asked.sample.weight, asked.sample.cluster)
    shape = (
        "slope and intercept do not exist"
        if line is None
        else (
            f"slope {number(line.slope)} (se {number(line.slope_se)}), intercept {number(line.intercept)} "
            f"(se {number(line.intercept_se)}), in the large {number(line.large)} (se {number(line.large_se)})"
        )
    )
    parts = found.parts
    return (
        f"p {number(found.p_value)}; chance alone makes up to {number(found.detectable)}; {shape}; "
        f"Brier {number(parts.score)} = MCB {number(parts.miscalibration)} - DSC {number(parts.discrimination)} "
        f"+ UNC {number(parts.uncertainty)}; ECE {number(found.ece)}, up to {number(found.ece_by_chance)} by chance"
    )


def curves_of(parts: list[Part], name: str) -> tuple[Curve, ...]:
    """Stated probability against observed share, with the band of calibrated shares, of the first few parts."""
    made = []
    for part in [part for part in parts if part.found is not None][:_DRAWN]:
        if part.found is None:
            continue
        curve, label = part.found.reliability, part.told.slice or name
        x = tuple(curve.stated.tolist())
        for what, y in (("", curve.observed), (" low", curve.low), (" high", curve.high)):
            made.append(Curve(kind="calibration", label=f"{label}{what}", x=x, y=tuple(y.tolist())))
    return tuple(made)
