"""What it costs to write the plan of 1 000 tests down before the first of them: at most 50 ms.

Measured in one process over 20 real files of 50 tests each: source digests of file, function and imported helpers,
marks, and the entry of each test; then the canonical form and digest of the whole plan.

    python benchmarks/plan_hashing.py
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import pytest

FILES, TESTS, REPEATS = 20, 50, 7
HEAD = "import limits\nimport mltest\nimport pytest\n"
TEST = """
@pytest.mark.mltest(severity="block", owner="team")
def test_{at}():
    "Agreed in OP-{at}."
    mltest.require({at}, at_most=limits.LIMIT, name="value {at}")
"""


class Collected:
    """Keeps the collected items."""

    def __init__(self) -> None:
        self.items: list[pytest.Item] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Take them."""
        self.items = list(session.items)


def main() -> None:
    """Collect the tests, hash their plan a few times and print the fastest."""
    from mltest.evidence.canonical import canonical_of_json, digest
    from mltest.plugin.entries import entry_of
    from mltest.plugin.sources import Sources

    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "limits.py").write_text("LIMIT = 1_000_000\n")
        (root / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
        for file in range(FILES):
            text = HEAD + "".join(TEST.format(at=file * TESTS + at) for at in range(TESTS))
            (root / f"test_{file}.py").write_text(text)
        seen = Collected()
        assert pytest.main([str(root), "--collect-only", "-qq", "-p", "no:cacheprovider"], plugins=[seen]) == 0
        took = []
        for _ in range(REPEATS):
            started = time.perf_counter()
            sources = Sources(root)
            entries = [entry_of(item, sources, None) for item in seen.items]
            digest(canonical_of_json(entries))
            took.append(time.perf_counter() - started)
    print(f"plan of {len(entries)} tests hashed in {1000 * min(took):.1f} ms (median {1000 * sorted(took)[3]:.1f} ms)")


if __name__ == "__main__":
    main()
