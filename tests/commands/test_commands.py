"""The command line on evidence that a session left."""

from __future__ import annotations

import json

import pytest

from mltest.cli import main
from mltest.evidence.canonical import canonical, digest_of
from mltest.evidence.store import OBJECTS
from tests.harness import bundle

GOOD = "import mltest\ndef test_a(): mltest.require(1, at_most=2, name='a')\n"
BAD = "import mltest\ndef test_a(): mltest.require(9, at_most=2, name='a')\n"


@pytest.fixture
def evidence(project):
    def of(text):
        made = project({"test_x.py": text})
        made.run("--mltest-report", "out")
        return made.path / "out"

    return of


@pytest.mark.parametrize(("text", "gate", "code"), [(GOOD, "allow", 0), (BAD, "block", 1)])
def test_gate_decides_again(evidence, capsys, text, gate, code):
    folder = evidence(text)
    capsys.readouterr()
    assert main(["gate", str(folder / "evidence.json")]) == code
    assert capsys.readouterr().out.startswith(f"Gate: {gate}")
    assert main(["gate", "--json", str(folder / "evidence.json")]) == code
    said = json.loads(capsys.readouterr().out)
    assert (said["gate"], said["evidence_root"]) == (
        gate,
        json.loads((folder / "evidence.json").read_text())["evidence_root"],
    )


def test_gate_reads_a_run_folder_as_well(evidence):
    runs = evidence(GOOD).parent / ".mltest" / "runs"
    (folder,) = runs.iterdir()
    assert main(["gate", str(folder)]) == 0


def test_gate_does_not_trust_the_stored_decision(evidence, capsys):
    path = evidence(BAD) / "evidence.json"
    document = json.loads(path.read_text())
    document["verdict"]["gate"] = "allow"
    path.write_bytes(canonical(bundle({name: document[name] for name in OBJECTS})))
    assert main(["gate", str(path)]) == 1
    assert "says allow, but its results come to block" in capsys.readouterr().err


def test_changed_evidence_is_unreadable(evidence, capsys):
    path = evidence(BAD) / "evidence.json"
    path.write_bytes(path.read_bytes().replace(b'"failed"', b'"passed"'))
    assert main(["gate", str(path)]) == 3
    assert "results has digest" in capsys.readouterr().err


def test_evidence_without_what_a_decision_needs(tmp_path, capsys):
    path = tmp_path / "evidence.json"
    path.write_bytes(canonical(bundle({name: {"schema": f"mltest/{name}/v1"} for name in OBJECTS})))
    assert main(["gate", str(path)]) == 3
    assert "lack what a decision needs" in capsys.readouterr().err
    assert main(["report", str(path)]) == 3


def test_report_renders_the_same_bytes_from_the_evidence_alone(evidence, tmp_path, capsys):
    folder = evidence(BAD)
    again = tmp_path / "elsewhere" / "page.html"
    assert main(["report", str(folder / "evidence.json"), "-o", str(again)]) == 0
    assert capsys.readouterr().out.strip().endswith("page.html")
    assert again.read_bytes() == (folder / "index.html").read_bytes()


def test_report_to_a_place_that_cannot_be_written(evidence, tmp_path, capsys):
    folder = evidence(GOOD)
    (tmp_path / "file").write_text("in the way")
    assert main(["report", str(folder / "evidence.json"), "-o", str(tmp_path / "file" / "page.html")]) == 3
    assert "cannot write" in capsys.readouterr().err


def test_the_root_is_the_same_in_terminal_folder_and_file(project):
    made = project({"test_x.py": GOOD})
    run = made.run("--mltest-report", "out")
    root = json.loads((made.path / "out" / "evidence.json").read_text())["evidence_root"]
    assert digest_of(run.object("root")) == root
    run.result.stdout.fnmatch_lines([f"*root      {root}"])
    assert root.removeprefix("sha256:") in (made.path / "out" / "index.html").read_text().replace(" ", "").replace(
        "\n", ""
    )


def test_explain(capsys):
    assert main(["explain", "model.metric"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("# model.metric\n")
    assert "## References" in said or "## Sources" in said


def test_explain_names_the_nearest(capsys):
    assert main(["explain", "model.metrc"]) == 2
    assert capsys.readouterr().err == "mltest: no check 'model.metrc'; nearest is 'model.metric' (mltest list checks)\n"


def test_list_checks_and_metrics(capsys):
    assert main(["list", "checks"]) == 0
    assert {"data.schema", "model.metric", "serving.consistent"} <= {
        line.split()[0] for line in capsys.readouterr().out.splitlines()
    }
    assert main(["list", "metrics"]) == 0
    assert {"roc_auc", "log_loss", "neg_log_loss", "rmse"} <= {
        line.split()[0] for line in capsys.readouterr().out.splitlines()
    }


@pytest.mark.parametrize("arguments", [[], ["gate"], ["nothing"], ["list", "nothing"]])
def test_usage(arguments):
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
