"""An approval is over one digest, by somebody who did not write the change."""

from __future__ import annotations

import subprocess

import pytest

from mltest.cli import main
from mltest.evidence.canonical import digest_of
from mltest.policy.approvals import read_approvals
from mltest.policy.plan import lock_bytes

PLAN = {"schema": "mltest/plan/v1", "checks": []}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.lock").write_bytes(lock_bytes(PLAN))
    for words in (
        ("init", "-q"),
        ("config", "user.name", "Ann Bell"),
        ("config", "user.email", "ann@example.com"),
        ("add", "plan.lock"),
        ("commit", "-q", "-m", "plan"),
    ):
        subprocess.run(["git", *words], check=True)
    return tmp_path


def approvals(folder):
    return read_approvals((folder / "plan.approvals.json").read_bytes())


def test_an_approval_names_who_what_and_when_and_leaves_the_lock_alone(folder):
    before = (folder / "plan.lock").read_bytes()
    assert main(["approve", "--as", "bo", "--role", "approver", "--comment", "limits of PD-377"]) == 0
    [entry] = approvals(folder)
    assert (entry["name"], entry["role"], entry["comment"]) == ("bo", "approver", "limits of PD-377")
    assert entry["plan_digest"] == digest_of(PLAN)
    assert entry["signature"] is None
    assert len(entry["commit"]) == 40
    assert (folder / "plan.lock").read_bytes() == before


@pytest.mark.parametrize("name", ["Ann Bell", "ann bell", "ANN@example.com"])
def test_nobody_approves_what_they_wrote(folder, name, capsys):
    assert main(["approve", "--as", name, "--role", "approver"]) == 1
    assert "MLP05" in capsys.readouterr().err
    assert not (folder / "plan.approvals.json").exists()


def test_whoever_is_at_work_on_the_lock_is_its_author(folder, capsys):
    (folder / "plan.lock").write_bytes(lock_bytes({**PLAN, "project": "x"}))
    subprocess.run(["git", "config", "user.name", "bo"], check=True)
    assert main(["approve", "--as", "bo", "--role", "approver"]) == 1
    assert main(["approve", "--as", "Ann Bell", "--role", "approver"]) == 1  # nobody approved what she committed
    assert main(["approve", "--as", "cy", "--role", "approver"]) == 0


def test_another_commit_on_top_does_not_let_an_author_approve(folder, capsys):
    (folder / "plan.lock").write_bytes(lock_bytes({**PLAN, "project": "x"}))
    as_bo = ["-c", "user.name=bo", "-c", "user.email=bo@example.com"]
    subprocess.run(["git", *as_bo, "commit", "-q", "-am", "again"], check=True)
    for name in ("Ann Bell", "ann@example.com", "bo"):
        assert main(["approve", "--as", name, "--role", "approver"]) == 1
    assert main(["approve", "--as", "cy", "--role", "approver"]) == 0


def test_what_another_person_approved_is_settled(folder, capsys):
    assert main(["approve", "--as", "cy", "--role", "approver"]) == 0
    (folder / "plan.lock").write_bytes(lock_bytes({**PLAN, "project": "x"}))
    as_bo = ["-c", "user.name=bo", "-c", "user.email=bo@example.com"]
    subprocess.run(["git", *as_bo, "commit", "-q", "-am", "again"], check=True)
    assert main(["approve", "--as", "bo", "--role", "approver"]) == 1
    assert main(["approve", "--as", "Ann Bell", "--role", "approver"]) == 0


def test_approvals_are_appended_and_none_is_given_twice(folder, capsys):
    for name in ("bo", "cy", "bo"):
        assert main(["approve", "--as", name, "--role", "approver"]) == 0
    assert [entry["name"] for entry in approvals(folder)] == ["bo", "cy"]
    assert "before" in capsys.readouterr().out


def test_an_edited_lock_cannot_be_approved(folder, capsys):
    text = (folder / "plan.lock").read_bytes().replace(b'"checks": []', b'"checks": [], "x": 1')
    (folder / "plan.lock").write_bytes(text)
    assert main(["approve", "--as", "bo", "--role", "approver"]) == 2
    assert "MLP04" in capsys.readouterr().err


def test_without_a_lock_there_is_nothing_to_approve(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["approve", "--as", "bo", "--role", "approver"]) == 3
    assert "mltest plan" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not readable"),
        ('{"schema":"mltest/approvals/v2","approvals":[]}', "no list of approvals"),
        ('{"schema":"mltest/approvals/v1","approvals":[{"nme":"bo"}]}', "nearest is 'name'"),
    ],
)
def test_a_broken_list_of_approvals_is_not_appended_to(folder, text, said, capsys):
    (folder / "plan.approvals.json").write_text(text)
    assert main(["approve", "--as", "bo", "--role", "approver"]) == 2
    assert said in capsys.readouterr().err
    assert (folder / "plan.approvals.json").read_text() == text
