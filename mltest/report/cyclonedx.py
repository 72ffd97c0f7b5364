"""CycloneDX 1.6 and 1.7: models with their cards, data, controls that were used, and a claim for each check.

Nothing is scored: the members for conformance and confidence are never written.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mltest.report.judgements import Judgement, exact, judgements_of, package_url, tool_version, worst_first
from mltest.report.model_card import measured_rows
from mltest.report.reading import evidence_parts, short

__all__ = ["VERSIONS", "render"]

VERSIONS = ("1.6", "1.7")
_EVIDENCE = "evidence-results"
_CANDIDATE = "model-1"
_SUMMARY = (
    "Which checks the project named for each control, and how they ended. "
    "This report records tests. It is not legal advice and no statement of conformity."
)


def render(evidence: Mapping[str, Any], version: str = "1.6", signoffs: Sequence[Mapping[str, Any]] = ()) -> bytes:
    """The bill of materials; the same bytes for the same evidence and sign-offs.

    Parameters
    ----------
    evidence : mapping
        What a run left.
    version : str
        Of the format, one of ``VERSIONS``.
    signoffs : sequence of mappings
        Sign-off files over this root whose signatures were verified; each has ``file``, where it stands.
    """
    parts = evidence_parts(evidence)
    rows = judgements_of(parts)
    finished = (parts["run"].get("clock") or {}).get("finished")
    standards, requirements = _standards(parts)
    whole = {
        "$schema": f"http://cyclonedx.org/schema/bom-{version}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": version,
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, parts['evidence_root'])}",
        "version": 1,
        "metadata": {**({"timestamp": finished} if finished else {}), **_metadata(parts)},
        "components": [*_models(parts, rows), *_data(parts)],
        **({"definitions": {"standards": standards}} if standards else {}),
        "declarations": _declarations(parts, rows, requirements, signoffs),
    }
    return (json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _metadata(parts: Mapping[str, Any]) -> dict[str, Any]:
    tool = {"type": "application", "name": "pytest-mltest", "version": tool_version(parts), "purl": package_url(parts)}
    named = {
        "mltest:evidence-root": parts["evidence_root"],
        "mltest:gate": parts["verdict"]["gate"],
        "mltest:grade": str(parts["verdict"].get("grade", "E0")),
        "mltest:run-id": str(parts["run"].get("run_id", "")),
    }
    return {
        "tools": {"components": [tool]},
        "component": {"type": "application", "bom-ref": "project", "name": _project(parts)},
        "properties": [{"name": name, "value": value} for name, value in named.items()],
    }


def _project(parts: Mapping[str, Any]) -> str:
    return str(parts["plan"].get("project") or "project not named")


def _models(parts: Mapping[str, Any], rows: Sequence[Judgement]) -> Iterator[dict[str, Any]]:
    """The candidate first; where no model came from a file, the project's model without a digest."""
    subjects = sorted(parts["run"].get("subjects") or (), key=lambda row: row.get("role") != "candidate")
    if not subjects or subjects[0].get("role") != "candidate":
        nameless = {"name": _project(parts), "description": "the tested model did not come from a file: no digest"}
        subjects = [nameless, *subjects]
    for at, row in enumerate(subjects, start=1):
        yield {
            "type": "machine-learning-model",
            "bom-ref": f"model-{at}",
            "name": str(row.get("name") or _project(parts)),
            **({"version": str(row["version"])} if row.get("version") else {}),
            **_hashes(row),
            **({"description": row["description"]} if row.get("description") else {}),
            **({"modelCard": _card(parts, rows)} if at == 1 else {}),
        }


def _hashes(row: Mapping[str, Any]) -> dict[str, Any]:
    """SHA-256 where it is of the bytes of a file; another digest is a property with its method."""
    if not row.get("digest"):
        return {}
    method, digest = str(row.get("method") or "file-sha256"), str(row["digest"])
    if method == "file-sha256":
        return {"hashes": [{"alg": "SHA-256", "content": digest.removeprefix("sha256:")}]}
    return {"properties": [{"name": f"mltest:{method}", "value": digest}]}


def _data(parts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for at, row in enumerate(parts["run"].get("data_seen") or (), start=1):
        size = "" if row.get("rows") is None else f"{row['rows']} rows"
        yield {
            "type": "data",
            "bom-ref": f"data-{at}",
            "name": str(row["id"]),
            **_hashes(row),
            "data": [{"type": "dataset", "name": str(row["id"]), **({"description": size} if size else {})}],
        }


def _card(parts: Mapping[str, Any], rows: Sequence[Judgement]) -> dict[str, Any]:
    metrics = [_metric(name, part, found) for row in rows for name, part, found in measured_rows(row)]
    datasets = [{"ref": f"data-{at}"} for at, _ in enumerate(parts["run"].get("data_seen") or (), start=1)]
    limits = [f"{row.id}: {row.said}. {row.told}" for row in worst_first(rows) if row.verdict != "passed"]
    limits += [f"grade of the evidence limited by: {limit}" for limit in parts["verdict"].get("grade_limits") or ()]
    return {
        "bom-ref": "card-1",
        **({"modelParameters": {"datasets": datasets}} if datasets else {}),
        **({"quantitativeAnalysis": {"performanceMetrics": metrics}} if metrics else {}),
        **({"considerations": {"technicalLimitations": limits}} if limits else {}),
    }


def _metric(name: str, part: str, found: Mapping[str, Any]) -> dict[str, Any]:
    ends = {"lowerBound": found.get("low"), "upperBound": found.get("high")}
    told = {end: exact(value) for end, value in ends.items() if value is not None}
    return {
        "type": name,
        "value": exact(found["value"]),
        **({"slice": part} if part else {}),
        **({"confidenceInterval": told} if told else {}),
    }


def _standards(parts: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[tuple[str, str], str]]:
    """The rows of the catalogue that at least one check was named for, and their references."""
    used: dict[str, list[Mapping[str, Any]]] = {}
    for row in parts["verdict"].get("controls") or ():
        if row.get("checks"):
            used.setdefault(str(row["framework"]), []).append(row)
    titles = _titles(parts)
    standards, references = [], {}
    for at, (framework, rows) in enumerate(sorted(used.items()), start=1):
        requirements = []
        for number, row in enumerate(sorted(rows, key=lambda found: str(found["control_id"])), start=1):
            key, reference = (framework, str(row["control_id"])), f"control-{at}-{number}"
            references[key] = reference
            version, title = titles.get(key, ("", key[1]))
            requirements.append({"bom-ref": reference, "identifier": key[1], "title": title})
        named = {"bom-ref": f"standard-{at}", "name": framework, **({"version": version} if version else {})}
        standards.append({**named, "requirements": requirements})
    return standards, references


def _titles(parts: Mapping[str, Any]) -> dict[tuple[str, str], tuple[str, str]]:
    """Version and title of each control, from the catalogue that the run kept."""
    from mltest.policy.controls import recorded_catalogue

    kept = (parts.get("blobs") or {}).get((parts["run"].get("inputs") or {}).get("controls"))
    rows = recorded_catalogue(kept.encode()).rows if kept else ()
    return {(row.framework, row.control_id): (row.framework_version, row.title) for row in rows}


def _declarations(
    parts: Mapping[str, Any],
    rows: Sequence[Judgement],
    requirements: Mapping[tuple[str, str], str],
    signoffs: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    places = {row.id: at for at, row in enumerate(rows, start=1)}
    mapped = [
        _mapped(row, requirements[row["framework"], row["control_id"]], rows, places)
        for row in parts["verdict"].get("controls") or ()
        if row.get("checks")
    ]
    root = short(parts["evidence_root"])
    return {
        "targets": {"components": [{"type": "application", "bom-ref": "target-1", "name": _project(parts)}]},
        "evidence": [_evidence(parts)],
        "claims": [_claim(row, at, root) for at, row in enumerate(rows, start=1)],
        **({"attestations": [{"summary": _SUMMARY, "map": mapped}]} if mapped else {}),
        **_affirmation(parts, signoffs),
    }


def _claim(row: Judgement, at: int, root: str) -> dict[str, Any]:
    side = "evidence" if row.verdict == "passed" else "counterEvidence"
    return {
        "bom-ref": f"claim-{at}",
        "target": _CANDIDATE,
        "predicate": f"check {row.id} verdict {row.verdict} at root {root}",
        "reasoning": f"{row.said}: {row.told}",
        side: [_EVIDENCE],
    }


def _evidence(parts: Mapping[str, Any]) -> dict[str, Any]:
    finished = (parts["run"].get("clock") or {}).get("finished")
    return {
        "bom-ref": _EVIDENCE,
        "description": f"records of one test run; results {parts['root'].get('results')}, "
        f"evidence root {parts['evidence_root']}",
        "data": [{"name": f"results.json {parts['root'].get('results')}"}],
        **({"created": finished} if finished else {}),
        "author": {"name": f"pytest-mltest {tool_version(parts)}"},
    }


def _mapped(
    control: Mapping[str, Any], requirement: str, rows: Sequence[Judgement], places: Mapping[str, int]
) -> dict[str, Any]:
    named = [rows[places[check] - 1] for check in control["checks"] if check in places]
    claims = [f"claim-{places[row.id]}" for row in named if row.verdict == "passed"]
    against = [f"claim-{places[row.id]}" for row in named if row.verdict != "passed"]
    return {
        "requirement": requirement,
        **({"claims": claims} if claims else {}),
        **({"counterClaims": against} if against else {}),
    }


def _affirmation(parts: Mapping[str, Any], signoffs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Only of signed approvals: a typed name affirms nothing."""
    signed = [row for row in signoffs if row.get("meaning") == "approval" and row.get("signature")]
    if not signed:
        return {}
    signatories = [
        {
            "name": str(row["name"]),
            "role": str(row["role"]),
            "organization": {"name": _project(parts)},
            "externalReference": {"type": "digital-signature", "url": str(row["file"])},
        }
        for row in signed
    ]
    said = "; ".join(f"{row['name']}, {row['signed_at']}: {row['decision']}" for row in signed)
    statement = f"approval of the evidence with root {parts['evidence_root']}: {said}"
    return {"affirmation": {"statement": statement, "signatories": signatories}}
