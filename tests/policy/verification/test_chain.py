"""The runs before this one: none missing, none twice, none rewritten, no plan loosened after its data were seen."""

from __future__ import annotations

import shutil

import pytest

from mltest.evidence.canonical import canonical, digest
from mltest.evidence.chain import head_of
from mltest.policy.approvals import approvals_bytes
from mltest.policy.plan import lock_bytes
from tests.policy.verification.good_run import AUC, EARLIER, approval, good_parts, results_object, tied, write


def clocked(parts, day):
    parts["run"]["clock"] |= {
        "started": f"2026-11-{day}T13:55:00.000Z",
        "finished": f"2026-11-{day}T13:58:00.000Z",
        "monotonic_ms": 180000,
    }
    parts["run"]["source"]["commit_time"] = f"2026-11-{day}T13:00:00Z"


def link(folder, number, previous, *, change=lambda parts: None):
    """One run of the chain; returns its folder and root."""
    parts = good_parts()
    parts["run"] |= {"run_id": f"01k9x2m4t7q8r5v6w3y0z1a{number}", "sequence": number, "previous_root": previous}
    clocked(parts, number - 400)
    early = approval(parts["plan"]) | {"approved_at": "2026-11-15T14:05:00Z"}
    parts["files"]["approvals"] = approvals_bytes([early])
    change(parts)
    written = write(tied(parts), folder / parts["run"]["run_id"])
    return written, digest((written / "root.json").read_bytes())


@pytest.fixture
def runs(tmp_path):
    """Three runs, the last of which is verified."""
    folder = tmp_path / "runs"
    _, first = link(folder, 417, EARLIER)
    _, second = link(folder, 418, first)
    last, _ = link(folder, 419, second)
    return folder, last


def run_of(folder, number):
    return next(folder.glob(f"*{number}"))


def test_a_whole_chain_meets_no_code(runs, verify):
    folder, last = runs
    status, codes, told = verify(last, "--chain", folder)
    assert (status, codes) == (0, [])
    assert not any("MLV41" in text for text in told["not_shown"])
    assert verify(last, "--chain")[0] == 0


def test_without_a_chain_it_is_said(runs, verify):
    _, _, told = verify(runs[1])
    assert any("MLV41" in text for text in told["not_shown"])


def test_t17_the_same_run_twice(runs, verify):
    folder, last = runs
    shutil.copytree(run_of(folder, 418), folder / "copy")
    status, codes, _ = verify(last, "--chain", folder)
    assert (status, codes) == (1, ["MLV14"])


def test_t21_a_run_thrown_away(runs, verify):
    folder, last = runs
    shutil.rmtree(run_of(folder, 418))
    status, codes, told = verify(last, "--chain", folder)
    assert (status, codes) == (1, ["MLV18"])
    assert "sequence jumps 417 -> 419" in told["findings"][0]["text"]


def test_t21_a_run_that_never_ended(runs, verify):
    folder, last = runs
    begun = folder / "01k9x2m4t7q8r5v6w3y0z1a416"
    begun.mkdir()
    begin = {"schema": "mltest/begin/v1", "run_id": begun.name, "started": "2026-11-16T13:55:00.000Z"}
    (begun / "begin.json").write_bytes(canonical(begin))
    status, codes, told = verify(last, "--chain", folder)
    assert (status, codes) == (1, ["MLV18"])
    assert "1 begun run has no root" in told["findings"][0]["text"]


def test_t22_a_chain_that_was_rewritten(runs, verify):
    folder, last = runs
    shutil.rmtree(run_of(folder, 418))
    link(folder, 418, digest(b"else"))
    status, codes, _ = verify(last, "--chain", folder)
    assert status == 1
    assert set(codes) == {"MLV19"}


def test_a_fork_is_told(runs, verify):
    folder, last = runs
    link(folder, 419, digest(b"x"), change=lambda parts: parts["run"].update(run_id="01k9x2m4t7q8r5v6w3y0zfork9"))
    status, codes, told = verify(last, "--chain", folder)
    assert status == 1
    assert "MLV19" in codes
    assert any("forks" in found["text"] for found in told["findings"])


def test_a_run_that_the_chain_does_not_have(runs, verify, tmp_path):
    folder, last = runs
    alone = tmp_path / "alone"
    shutil.move(last, alone)
    status, codes, _ = verify(alone, "--chain", folder)
    assert (status, codes) == (1, ["MLV19"])


def test_heads_are_a_chain_too(runs, verify, tmp_path):
    folder, last = runs
    heads = tmp_path / "store" / "credit-pd" / "heads" / "main"
    heads.mkdir(parents=True)
    previous = EARLIER
    for number in (417, 418, 419):
        place = run_of(folder, number)
        root = digest((place / "root.json").read_bytes())
        run = {"run_id": place.name, "sequence": number, "previous_root": previous, "source": {"ref": "main"}}
        run |= {"clock": {"finished": f"2026-11-{number - 400}T13:58:00.000Z"}}
        head = head_of(run, project="credit-pd", root=root, gate="allow")
        (heads / f"{number}-{place.name}.json").write_bytes(canonical(head))
        previous = root
    assert verify(last, "--chain", tmp_path / "store")[:2] == (0, [])
    (heads / f"418-{run_of(folder, 418).name}.json").unlink()
    assert verify(last, "--chain", tmp_path / "store")[:2] == (1, ["MLV18"])


def test_t7_a_limit_loosened_after_the_data_were_seen(tmp_path, verify):
    folder = tmp_path / "runs"

    def stricter(parts):
        entry = next(entry for entry in parts["plan"]["checks"] if entry["id"] == AUC)
        entry["threshold"]["value"] = entry["demands"]["at_least"] = 0.85
        parts["results"] = results_object(parts["plan"])
        parts["results"]["records"][0] |= {"verdict": "failed", "verdicts": ["failed"]}
        parts["files"] |= {
            "lock": lock_bytes(parts["plan"]),
            "approvals": approvals_bytes([approval(parts["plan"]) | {"approved_at": "2026-11-16T14:05:00Z"}]),
        }

    _, root = link(folder, 417, EARLIER, change=stricter)
    last, _ = link(
        folder,
        418,
        root,
        change=lambda parts: parts["files"].update(
            approvals=approvals_bytes([approval(parts["plan"]) | {"approved_at": "2026-11-17T14:05:00Z"}])
        ),
    )
    assert verify(last)[:2] == (0, [])
    status, codes, told = verify(last, "--chain", folder)
    assert (status, codes) == (1, ["MLV07"])
    assert "on the same data" in told["findings"][0]["text"]


def test_a_run_before_the_first_lock_promised_nothing_that_could_be_loosened(tmp_path, verify):
    folder = tmp_path / "runs"

    def unlocked(parts):
        entry = next(entry for entry in parts["plan"]["checks"] if entry["id"] == AUC)
        entry["threshold"]["value"] = 0.85
        parts["results"] = results_object(parts["plan"])
        parts["run"]["plan_status"] = "absent"
        parts["files"] = {}

    _, root = link(folder, 417, EARLIER, change=unlocked)
    approved = {"approved_at": "2026-11-17T14:05:00Z"}
    last, _ = link(
        folder,
        418,
        root,
        change=lambda parts: parts["files"].update(approvals=approvals_bytes([approval(parts["plan"]) | approved])),
    )
    assert verify(last, "--chain", folder)[:2] == (0, [])


def test_what_cannot_be_read_in_a_chain_is_a_finding(runs, verify):
    folder, last = runs
    (run_of(folder, 417) / "run.json").write_bytes(b"{")
    status, codes, _ = verify(last, "--chain", folder)
    assert status == 3 or "MLV16" in codes
    assert "MLV16" in codes


def headed(runs, base):
    """The three runs in a ``.mltest`` of their own, with the head of each."""
    folder, _ = runs
    shutil.copytree(folder, base / "runs")
    heads = base / "heads" / "main"
    heads.mkdir(parents=True)
    previous = EARLIER
    for number in (417, 418, 419):
        place = run_of(base / "runs", number)
        root = digest((place / "root.json").read_bytes())
        run = {"run_id": place.name, "sequence": number, "previous_root": previous, "source": {"ref": "main"}}
        run |= {"clock": {"finished": f"2026-11-{number - 400}T13:58:00.000Z"}}
        head = head_of(run, project="credit-pd", root=root, gate="allow")
        (heads / f"{number}-{place.name}.json").write_bytes(canonical(head))
        previous = root
    return run_of(base / "runs", 419)


@pytest.mark.parametrize("base", [".mltest", "store"])
def test_a_run_whose_head_stays_and_whose_evidence_is_gone(runs, tmp_path, verify, base):
    last = headed(runs, tmp_path / base)
    assert verify(last, "--chain", tmp_path / base)[:2] == (0, [])
    gone = run_of(tmp_path / base / "runs", 417)
    shutil.rmtree(gone)
    status, codes, told = verify(last, "--chain", tmp_path / base)
    assert (status, codes) == (1, ["MLV18"])
    assert told["findings"][0]["text"] == f"run {gone.name} has a head and no evidence"


@pytest.mark.parametrize("file", ["plan.json", "run.json"])
def test_a_run_of_the_chain_that_lost_a_file(runs, tmp_path, verify, file):
    last = headed(runs, tmp_path / ".mltest")
    (run_of(tmp_path / ".mltest" / "runs", 417) / file).unlink()
    status, codes, told = verify(last, "--chain", tmp_path / ".mltest")
    assert (status, set(codes)) == (1, {"MLV18"})
    assert any(f"has a root and no {file}" in found["text"] for found in told["findings"])
