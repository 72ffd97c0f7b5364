"""The exports against what their formats' owners publish: schemas, models and messages from their own packages."""

from __future__ import annotations

import json

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct
from in_toto_attestation.predicates.test_result.v0.test_result_pb2 import TestResult as ResultMessage
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement
from pydantic import BaseModel
from sarif_pydantic import Sarif

from mltest.report.exports import TARGETS, Asked, export
from tests.report.evidence_samples import blocked
from tests.report.export_samples import HOSTILE, many, passing, released

SIGNED = {
    "name": "k.ito",
    "role": "owner",
    "meaning": "approval",
    "decision": "accepted",
    "signed_at": "2026-11-21T09:00:00.000Z",
    "signature": {"payload": ""},
    "file": "signatures/signoff-1.json",
}
ASKED = Asked(
    grade="E2", verified_at="2026-11-21T06:03:00.000Z", verifier="pkg:pypi/pytest-mltest@0.1.0", signoffs=[SIGNED]
)
MADE = {
    "released": released,
    "passing": passing,
    "hostile": lambda: released(f"tests/test_pd.py::test_[{HOSTILE}]"),
    "without a lock": blocked,
    "without a model": lambda: released(subjects=[], data_seen=[]),
    "a folder as model": lambda: released(
        subjects=[{"name": "m", "role": "candidate", "digest": f"sha256:{'0' * 64}", "method": "dir-sha256"}]
    ),
    "many": lambda: many(300),
}


@pytest.fixture(scope="module", params=MADE.values(), ids=MADE)
def files(request):
    return export(request.param(), [name for name in TARGETS if name != "svr"], ASKED)


VALIDATORS = {version: JsonStrictValidator(SchemaVersion.from_version(version)) for version in ("1.6", "1.7")}


@pytest.mark.parametrize("version", VALIDATORS)
def test_cyclonedx(files, version):
    assert VALIDATORS[version].validate_str(files[f"bom-{version}.cdx.json"].decode()) is None


def test_cyclonedx_refers_to_what_is_there(files):
    bom = json.loads(files["bom-1.7.cdx.json"])
    defined, used = [], set()

    def walk(value, member=""):
        if isinstance(value, dict):
            for name, item in value.items():
                if name == "bom-ref":
                    defined.append(item)
                elif name in ("ref", "target", "requirement") and isinstance(item, str):
                    used.add(item)
                else:
                    walk(item, name)
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, str) and member in ("evidence", "counterEvidence", "claims", "counterClaims"):
                    used.add(item)
                walk(item, member)

    walk(bom)
    assert len(defined) == len(set(defined))
    assert used <= set(defined)


def test_cyclonedx_affirms_only_what_was_signed():
    bom = json.loads(export(passing(), ["cyclonedx"], ASKED)["bom-1.6.cdx.json"])
    assert bom["declarations"]["affirmation"]["signatories"][0]["name"] == "k.ito"
    typed = Asked(signoffs=[{**SIGNED, "signature": None}])
    bom = json.loads(export(passing(), ["cyclonedx"], typed)["bom-1.6.cdx.json"])
    assert "affirmation" not in bom["declarations"]


def unknown(model, path="$"):
    """Members that the model of the format does not know; property bags may hold any."""
    if isinstance(model, BaseModel):
        yield from (f"{path}.{name}" for name in model.model_extra or {} if type(model).__name__ != "PropertyBag")
        for name in type(model).model_fields:
            yield from unknown(getattr(model, name), f"{path}.{name}")
    elif isinstance(model, (list, tuple)):
        for at, item in enumerate(model):
            yield from unknown(item, f"{path}[{at}]")


def test_sarif(files):
    log = Sarif.model_validate_json(files["mltest.sarif"])
    assert log.version == "2.1.0"
    # the model lacks suppressions, section 3.35 of the standard, which are looked at below
    assert not [place for place in unknown(log) if not place.endswith(".suppressions")]
    whole = json.loads(files["mltest.sarif"])
    rules = whole["runs"][0]["tool"]["driver"]["rules"]
    for result in whole["runs"][0]["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        for row in result.get("suppressions", ()):
            assert set(row) == {"kind", "status", "justification"}
            assert (row["kind"], row["status"]) == ("external", "accepted")


def test_in_toto_test_result(files):
    document = json.loads(files["test-result.intoto.json"])
    message = json_format.Parse(files["test-result.intoto.json"], statement_pb2.Statement())
    Statement.copy_from_pb(message).validate()
    result = json_format.Parse(json.dumps(document["predicate"]), ResultMessage())
    assert result.result in ("PASSED", "WARNED", "FAILED")
    for row in (*document["subject"], *document["predicate"]["configuration"]):
        assert all(digits == digits.lower() and int(digits, 16) >= 0 for digits in row["digest"].values())


def test_in_toto_verification_result():
    """Its package has no message for this predicate; these are the members of its page."""
    data = export(passing(), ["svr"], ASKED)["svr.intoto.json"]
    message = json_format.Parse(data, statement_pb2.Statement())
    Statement.copy_from_pb(message).validate()
    assert isinstance(message.predicate, Struct)
    predicate = json.loads(data)["predicate"]
    assert set(predicate) == {"verifier", "timeCreated", "properties"}
    assert set(predicate["verifier"]) == {"id", "policies"}
