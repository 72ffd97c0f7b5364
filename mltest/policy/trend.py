"""The last runs beside each other: the series of each check, and where it changed for good."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from pathlib import Path
from statistics import NormalDist, median
from typing import Any

from mltest.evidence.run_folders import latest_runs
from mltest.policy.change_effects import last_records, sense_in
from mltest.policy.change_estimates import estimate_lines
from mltest.policy.change_results import WORST_FIRST

__all__ = ["mann_kendall_p", "theil_sen", "trend_of", "trend_over"]

LEVEL = 0.05
FEWEST = 6  # runs below which a rank test cannot show a drift


def trend_of(places: Iterable[str | Path], last: int = 20) -> dict[str, Any]:
    """The trend over the last runs under some folders or URLs.

    Parameters
    ----------
    places : iterable of str or Path
        As ``latest_runs`` takes them.
    last : int
        How many runs.

    Returns
    -------
    dict
        As ``trend_over`` gives it, and ``unreadable``: ``place`` and ``why`` of each that could not be read.
    """
    runs, unreadable = latest_runs(places, last)
    return {**trend_over(runs), "unreadable": unreadable}


def trend_over(runs: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """The trend over runs, oldest first.

    Parameters
    ----------
    runs : sequence of (str, mapping)
        The place of each run, and its evidence.

    Returns
    -------
    dict
        ``runs``: ``run_id``, ``place``, ``finished``, ``commit``, ``gate``, ``root`` of each. ``checks``: by id, each
        with ``id``, ``metric``, ``better`` (``higher``, ``lower`` or None) and ``series``; of that for each run that
        has the check ``run`` (place in ``runs``), ``time``, ``value``, ``low``, ``high``, ``verdict``, ``limit`` (a
        number, a pair or None) and ``commit``. ``points``, what changed for good: ``id``, ``kind``
        (``flip``, ``drift`` or ``moved``), ``run``, ``toward`` (``better``, ``worse`` or None) and ``text``; of a
        drift also ``slope`` (each run) and ``p_adjusted``. Worse first.

    Notes
    -----
    A flip is a verdict unlike that of the run before. A drift is a Mann-Kendall test of the values over the runs at
    0.05 after Holm's correction over all checks with at least six values, its slope the Theil-Sen median. ``moved`` is
    the first against the last run, as ``mltest diff`` tests it.

    References
    ----------
    Mann (1945), Econometrica 13, 245-259. Sen (1968), Journal of the American Statistical Association 63, 1379-1389.

    Examples
    --------
    >>> trend_over([])
    {'runs': [], 'checks': [], 'points': []}
    """
    found = [last_records(evidence["results"]) for _, evidence in runs]
    about = [_about(place, evidence) for place, evidence in runs]
    names = sorted({name for records in found for name in records})
    checks = [_series(name, found, about) for name in names]
    points = [*_flips(checks), *_drifts(checks), *_moved(names, found)]
    rank = {"worse": 0, None: 1, "better": 2}
    points.sort(key=lambda point: (rank[point["toward"]], point["id"], point["kind"], point["run"]))
    return {"runs": about, "checks": checks, "points": points}


def _about(place: str, evidence: Mapping[str, Any]) -> dict[str, Any]:
    run = evidence["run"]
    return {
        "run_id": run.get("run_id"),
        "place": place,
        "finished": (run.get("clock") or {}).get("finished"),
        "commit": (run.get("source") or {}).get("commit"),
        "gate": evidence["verdict"].get("gate"),
        "root": evidence.get("evidence_root"),
    }


def _series(
    name: str, found: Sequence[Mapping[str, Mapping[str, Any]]], about: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    series = []
    sense, metric = "", None
    for at, records in enumerate(found):
        record = records.get(name)
        if record is None:
            continue
        demand, interval = record.get("requirement") or {}, record.get("interval") or {}
        measured = record.get("measurements") or ()
        sense = sense_in(record, measured[0]) if measured else ""
        metric = demand.get("metric", record.get("label"))
        series.append(
            {
                "run": at,
                "time": about[at]["finished"],
                "value": _real(record.get("value")),
                "low": interval.get("low"),
                "high": interval.get("high"),
                "verdict": record["verdict"],
                "limit": demand.get("limit"),
                "commit": about[at]["commit"],
            }
        )
    return {"id": name, "metric": metric, "better": sense or None, "series": series}


def _real(value: Any) -> float | int | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _flips(checks: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for check in checks:
        for before, after in pairwise(check["series"]):
            one, other = before["verdict"], after["verdict"]
            if one != other:
                toward = "worse" if WORST_FIRST.index(other) < WORST_FIRST.index(one) else "better"
                yield _point(check["id"], "flip", after["run"], toward, f"{one} -> {other}")


def _point(identity: str, kind: str, run: int, toward: str | None, text: str, **more: Any) -> dict[str, Any]:
    return {"id": identity, "kind": kind, "run": run, "toward": toward, "text": text, **more}


def _drifts(checks: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    tested = []
    for check in checks:
        series = [point for point in check["series"] if point["value"] is not None]
        if len(series) >= FEWEST:
            tested.append((mann_kendall_p([point["value"] for point in series]), check, series))
    tested.sort(key=lambda row: row[0])
    worst = 0.0
    for at, (p, check, series) in enumerate(tested):
        worst = max(worst, min(1.0, (len(tested) - at) * p))
        if worst > LEVEL:
            return
        slope = theil_sen([point["run"] for point in series], [point["value"] for point in series])
        first, last = series[0]["value"], series[-1]["value"]
        toward = None
        if check["better"] and slope:
            toward = "better" if (slope > 0) is (check["better"] == "higher") else "worse"
        text = f"{check['metric']} drifts by {slope:+.2g} a run, {first:.4g} -> {last:.4g}, p = {worst:.2g}"
        yield _point(check["id"], "drift", series[-1]["run"], toward, text, slope=slope, p_adjusted=worst)


def _moved(names: Iterable[str], found: Sequence[Mapping[str, Mapping[str, Any]]]) -> Iterator[dict[str, Any]]:
    """The first against the last run of each check, as two runs are compared."""
    first, last, ran = {}, {}, {}
    for name in names:
        having = [at for at, records in enumerate(found) if name in records]
        if len(having) > 1:
            first[name], last[name], ran[name] = found[having[0]][name], found[having[-1]][name], having[-1]
    for line in estimate_lines(first, last):
        told = line["text"].removeprefix(f"{line['id']}: ")
        yield _point(line["id"], "moved", ran[line["id"]], line.get("toward"), told)


def mann_kendall_p(values: Sequence[float]) -> float:
    """The two-sided p-value of "no trend", by the normal approximation with ties and continuity.

    Examples
    --------
    >>> mann_kendall_p([1, 1, 1, 1, 1, 1])
    1.0
    >>> round(mann_kendall_p([1, 2, 3, 4, 5, 6, 7, 8]), 5)
    0.00084
    """
    n = len(values)
    rises = sum((b > a) - (b < a) for a, b in combinations(values, 2))
    ties = [values.count(value) for value in set(values)]
    variance = (n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18
    if variance <= 0 or rises == 0:
        return 1.0
    return min(1.0, 2 * NormalDist().cdf(-(abs(rises) - 1) / math.sqrt(variance)))


def theil_sen(places: Sequence[float], values: Sequence[float]) -> float:
    """The median of the slopes between all pairs.

    Examples
    --------
    >>> theil_sen([0, 1, 2, 3, 4], [1.0, 3.0, 5.0, 7.0, 90.0])
    2.0
    """
    pairs = combinations(zip(places, values, strict=True), 2)
    return float(median((b - a) / (y - x) for (x, a), (y, b) in pairs if y != x))
