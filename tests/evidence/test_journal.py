from __future__ import annotations

import json
import subprocess
import sys
import threading

import pytest

from mltest.errors import EvidenceError
from mltest.evidence.journal import Journal, read_journal


def test_events_come_back_in_order(tmp_path):
    journal = Journal(tmp_path / "a" / "journal.jsonl")
    for n in range(3):
        journal.write("result", n=n, text="ä\n")
    journal.close()
    assert [(e["event"], e["n"], e["text"]) for e in read_journal(tmp_path / "a" / "journal.jsonl")] == [
        ("result", 0, "ä\n"), ("result", 1, "ä\n"), ("result", 2, "ä\n"),
    ]  # fmt: skip


def test_lines_of_threads_do_not_mix(tmp_path):
    journal = Journal(tmp_path / "journal.jsonl")
    threads = [
        threading.Thread(target=lambda n=n: [journal.write("result", n=n, text="x" * 5000) for _ in range(50)])
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    journal.close()
    assert len(list(read_journal(tmp_path / "journal.jsonl"))) == 400


def test_a_line_that_a_kill_cut_short_is_left_out(tmp_path):
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"event":"result","n":1}\n{"event":"res')
    assert [event["n"] for event in read_journal(path)] == [1]


def test_a_broken_line_elsewhere_is_an_error(tmp_path):
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"event":\n{"event":"result","n":1}\n')
    with pytest.raises(EvidenceError, match="line 1"):
        list(read_journal(path))


def test_what_is_not_json_is_refused_at_once(tmp_path):
    journal = Journal(tmp_path / "journal.jsonl")
    with pytest.raises((TypeError, ValueError)):
        journal.write("result", value=float("nan"))
    with pytest.raises(TypeError):
        journal.write("result", value=object())
    journal.close()
    assert (tmp_path / "journal.jsonl").read_bytes() == b""


def test_a_lone_surrogate_is_written(tmp_path):
    journal = Journal(tmp_path / "journal.jsonl")
    journal.write("result", text="a\ud800b")
    journal.close()
    assert json.loads((tmp_path / "journal.jsonl").read_bytes())["text"].startswith("a")


def test_a_full_disk_is_an_error_of_the_evidence(tmp_path):
    """A limit on the size of files stands in for the disk: the kernel refuses in the same place."""
    script = f"""
import resource, signal, sys
from pathlib import Path
from mltest.errors import EvidenceError
from mltest.evidence.journal import Journal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
sys.dont_write_bytecode = True  # Python 3.11 leaves half a .pyc where a write is cut short
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
journal = Journal(Path({str(tmp_path / "journal.jsonl")!r}))
try:
    for n in range(100):
        journal.write("result", text="x" * 100)
except EvidenceError as error:
    sys.exit(0 if "File too large" in str(error) else str(error))
sys.exit("nothing was refused")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_half_a_line_that_was_refused_does_not_spoil_the_next(tmp_path):
    """The disk is full for a moment, in the middle of a line."""
    script = f"""
import resource, pathlib, sys
from mltest.errors import EvidenceError
from mltest.evidence.journal import Journal, read_journal
path = pathlib.Path({str(tmp_path / "journal.jsonl")!r})
journal = Journal(path)
journal.write("result", n=1)
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
sys.dont_write_bytecode = True
resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
try:
    journal.write("result", n=2, text="x" * 500)
except EvidenceError:
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    journal.write("result", n=3)
print([event["n"] for event in read_journal(path)])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[1, 3]"
