"""What the repository, the files, a release, a second run and the page beside the evidence say."""

from __future__ import annotations

import copy
import shutil
import subprocess

import pytest

from mltest.evidence.canonical import canonical, digest
from mltest.evidence.store import read_evidence
from mltest.policy.approvals import approvals_bytes
from mltest.policy.plan import lock_bytes
from tests.policy.verification import good_run
from tests.policy.verification.good_run import (
    AUC,
    COMMIT,
    RECALL,
    approval,
    bundled,
    good_parts,
    plan_object,
    record,
    results_object,
    retied,
    tied,
    write,
)
from tests.policy.verification.signing import sign_root, signed_parts, trust, trusted
from tests.policy.verification.tampering import without_check


class Repository:
    """A repository with the good run's committed files, and the run of its commit."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *words, author="Ann Bell <ann@example.com>"):
        name, _, mail = author.rstrip(">").partition(" <")
        settled = ("-c", f"user.name={name}", "-c", f"user.email={mail}", "-c", "commit.gpgsign=false")
        answer = subprocess.run(
            ["git", "-C", self.folder, *settled, *words], capture_output=True, text=True, check=True
        )
        return answer.stdout.strip()

    def commit(self, files, **more):
        for name, data in files.items():
            (self.folder / name).write_bytes(data)
        self.git("add", ".")
        self.git("commit", "-q", "-m", "change", **more)

    def run(self, parts, place):
        """The good run, at the commit that is checked out."""
        source = {"commit": self.git("rev-parse", "HEAD"), "tree": self.git("rev-parse", "HEAD^{tree}")}
        parts["run"]["source"] |= source | {"commit_time": "2026-11-20T16:40:02Z"}
        return write(tied(parts), place)


@pytest.fixture
def repository(tmp_path):
    found = Repository(tmp_path / "project")
    found.commit({"plan.lock": lock_bytes(plan_object())})
    approvals = approvals_bytes([approval(plan_object())])
    found.commit({"plan.approvals.json": approvals}, author="Val Idator <val@example.com>")
    return found


def test_what_the_repository_says_agrees(repository, tmp_path, verify):
    run = repository.run(good_parts(), tmp_path / "run")
    status, codes, told = verify(run, "--repository", repository.folder)
    assert (status, codes) == (0, [])
    assert not any("--repository" in text for text in told["not_shown"])


def test_t18_another_tree(repository, tmp_path, verify):
    run = repository.run(good_parts(), tmp_path / "run")
    other = retied(lambda parts: parts["run"]["source"].update(tree="0" * 40, commit=_commit(run)))
    assert "MLV15" in verify(write(other, tmp_path / "other"), "--repository", repository.folder)[1]


def _commit(run):
    return read_evidence(run)["run"]["source"]["commit"]


def test_t10_the_author_of_the_lock_committed_the_approval(tmp_path, verify):
    own = Repository(tmp_path / "own")
    own.commit(
        {"plan.lock": lock_bytes(plan_object()), "plan.approvals.json": approvals_bytes([approval(plan_object())])}
    )
    run = own.run(good_parts(), tmp_path / "run")
    assert verify(run, "--repository", own.folder)[:2] == (1, ["MLP05"])


def test_t27_waivers_that_the_commit_does_not_have(repository, tmp_path, verify):
    parts = good_parts()
    parts["files"]["waivers"] = b'schema = "mltest/waivers/v1"\n'
    run = repository.run(parts, tmp_path / "run")
    assert verify(run, "--repository", repository.folder)[:2] == (1, ["MLV24"])


def test_t33_trust_changed_in_the_same_merge(repository, tmp_path, verify):
    keys = trust(trusted(2, "model-validation", "approver"))
    repository.git("checkout", "-q", "-b", "change")
    repository.commit({"trust.toml": keys})
    parts = good_parts()
    parts["files"]["trust"] = keys
    run = repository.run(parts, tmp_path / "run")
    status, codes, told = verify(run, "--repository", repository.folder)
    assert (status, codes) == (4, ["MLV34"])
    assert "differs from main" in told["findings"][0]["text"]
    assert verify(run, "--repository", repository.folder, "--base", "change")[:2] == (0, [])


WAIVER = """schema = "mltest/waivers/v1"
[[waiver]]
id = "W-2026-014"
check = "{check}"
covers = ["failed"]
reason = "New region, 214 defaults so far; bound too wide until March"
risk = "Ranking may be worse than stated; limit 5000 EUR applies meanwhile"
requested_by = "credit-risk"
approved_by = "model-validation"
approved_at = {approved}
expires = {expires}
bound = {{ metric = "recall", no_worse_than = 0.1 }}
"""


@pytest.mark.parametrize(
    ("code", "approved", "expires"),
    [
        ("MLW08", "2026-11-01T09:00:00Z", "2027-09-30"),
        ("MLW12", "2026-11-21T09:00:00Z", "2026-12-30"),
    ],
)
def test_t27_a_waiver_extended_or_backdated(code, approved, expires, tmp_path, verify):
    def change(parts):
        text = WAIVER.format(check=RECALL, approved=approved, expires=expires)
        parts["plan"]["settings"]["policy"] = {"max_waiver_days": 90}
        parts["results"] = results_object(parts["plan"])
        parts["files"] |= {
            "waivers": text.encode(),
            "trust": trust(),
            "lock": lock_bytes(parts["plan"]),
            "approvals": approvals_bytes([approval(parts["plan"])]),
        }

    status, codes, _ = verify(write(retied(change), tmp_path / "run"))
    assert (status, codes) == (1, [code])


@pytest.fixture
def with_file(tmp_path, monkeypatch):
    """A run over a data file that is still there."""
    project = tmp_path / "project"
    (project / "data").mkdir(parents=True)
    (project / "data" / "test.csv").write_bytes(b"a,b\n1,2\n")
    monkeypatch.setattr(good_run, "DATA", digest(b"a,b\n1,2\n"))
    return write(good_run.good_objects(), tmp_path / "run"), project


def test_t5_data_swapped_after_the_run(with_file, verify):
    run, project = with_file
    _, codes, told = verify(run, "--deep", "--repository", project)
    assert "MLV05" not in codes
    assert any("model" in text for text in told["not_shown"])
    (project / "data" / "test.csv").write_bytes(b"a,b\n1,3\n")
    assert "MLV05" in verify(run, "--deep", "--repository", project)[1]
    assert verify(run)[:2] == (0, [])


def test_t4_a_check_removed_from_tests_and_lock(tmp_path, good, verify):
    release = tmp_path / "2.2.0.lock"
    release.write_bytes(lock_bytes(plan_object()))
    run = write(retied(without_check), tmp_path / "run")
    assert verify(run)[:2] == (0, [])
    for baseline in (release, good):
        status, codes, told = verify(run, "--baseline", baseline)
        assert (status, codes) == (1, ["MLV04"])
        assert "1 removed" in told["findings"][0]["text"]
    assert verify(good, "--baseline", release)[:2] == (0, [])


def second_of(parts, *, host="h:00000000", run_id="01k9x2m4t7q8r5v6w3y0z1a2b4"):
    second = copy.deepcopy(parts)
    second["run"] |= {"run_id": run_id}
    second["run"]["environment"]["host_hash"] = host
    return second


@pytest.fixture
def two(tmp_path):
    parts = signed_parts()
    folder = tmp_path / "runs"
    first = write(tied(copy.deepcopy(parts)), folder / "first")
    second = second_of(parts)
    second["run"] |= {"sequence": 413, "previous_root": digest((first / "root.json").read_bytes())}
    other = write(tied(second), folder / "second")
    sign_root(first)
    sign_root(other)
    return first, other, folder


def test_a_second_run_that_agrees_makes_it_e4(two, verify):
    first, other, folder = two
    status, codes, told = verify(first, "--with", other, "--chain", folder, "--require-grade", "E4")
    assert (status, codes, told["grade"]) == (0, [], "E4")


def test_the_same_run_is_no_second_one(two, verify):
    first, _, folder = two
    status, codes, told = verify(first, "--with", first, "--chain", folder)
    assert (status, codes, told["grade"]) == (0, [], "E3")
    assert verify(first, "--with", first, "--chain", folder, "--require-grade", "E4")[:2] == (1, ["MLV44"])


def test_a_second_run_that_found_something_else(good, tmp_path, verify):
    second = second_of(good_parts())
    second["results"]["records"][0]["value"] = 0.9
    status, codes, _ = verify(good, "--with", write(tied(second), tmp_path / "second"))
    assert (status, codes) == (1, ["MLV45"])


def test_t29_a_page_that_was_edited(good, tmp_path, verify):
    from mltest.report.model import Report
    from mltest.report.page import render

    folder = tmp_path / "run"
    shutil.copytree(good, folder)
    page = render(Report.of(read_evidence(folder)))
    (folder / "report.html").write_bytes(page)
    assert verify(folder)[:2] == (0, [])
    (folder / "report.html").write_bytes(page.replace(b"0.812", b"0.912"))
    status, codes, told = verify(folder)
    assert (status, codes) == (1, ["MLV26"])
    assert "does not rebuild" in told["findings"][0]["text"]
    beside = tmp_path / "out"
    beside.mkdir()
    whole = shutil.copy(bundled(good), beside / "evidence.json")
    (beside / "index.html").write_bytes(page + b" ")
    assert verify(whole)[:2] == (1, ["MLV26"])
    (beside / "index.html").write_bytes(b"<p>something else</p>")
    assert verify(whole)[:2] == (0, [])


def test_t2_a_gate_that_was_written_by_hand(tmp_path, verify):
    parts = good_parts()
    entry = next(entry for entry in parts["plan"]["checks"] if entry["id"] == AUC)
    parts["results"]["records"][0] = record(entry, 0.7, verdict="failed")
    whole = tied(parts)
    whole["verdict"] |= {"gate": "allow", "reasons": []}
    status, codes, told = verify(write(whole, tmp_path / "run"))
    assert status == 1
    assert set(codes) == {"MLV02"}
    assert "recomputed gate is block, stored gate is allow" in told["findings"][0]["text"]


def test_t38_evidence_that_was_never_made(good, tmp_path, verify):
    runs = tmp_path / "runs"
    runs.mkdir()
    asked = ("--require-run", "--expect-commit", "b" * 40)
    for place in (runs, tmp_path / "nowhere", good.parent):
        status, codes, _ = verify(place, *asked)
        assert (status, codes) == (3, ["MLV38"])
    assert verify(good.parent, "--require-run", "--expect-commit", COMMIT)[:2] == (0, [])


def test_the_root_of_another_run(good, verify):
    own = digest((good / "root.json").read_bytes())
    assert verify(good, "--expect-root", own)[:2] == (0, [])
    assert verify(good, "--expect-root", "a" * 64)[:2] == (1, ["MLV43"])


def test_begin_says_what_the_run_says(good, tmp_path, verify):
    folder = tmp_path / "run"
    shutil.copytree(good, folder)
    (folder / "begin.json").write_bytes(canonical({"schema": "mltest/begin/v1", "run_id": "x", "more": 1}))
    assert set(verify(folder)[1]) == {"MLV20"}
