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


class Measuring:
    """Makes the plan again and again once the tests are collected, and runs none of them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.took: list[float] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Measure, and end the session."""
        from mltest.evidence.canonical import canonical_of_json, digest
        from mltest.plugin.entries import entry_of
        from mltest.plugin.sources import Sources

        assert len(session.items) == FILES * TESTS
        for _ in range(REPEATS):
            started = time.perf_counter()
            sources = Sources(self.root)
            entries = [entry_of(item, sources, None) for item in session.items]
            digest(canonical_of_json(entries))
            self.took.append(time.perf_counter() - started)
        pytest.exit("measured", returncode=0)


def main() -> None:
    """Print the least and the median of the repetitions."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "limits.py").write_text("LIMIT = 1_000_000\n")
        (root / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
        for file in range(FILES):
            text = HEAD + "".join(TEST.format(at=file * TESTS + at) for at in range(TESTS))
            (root / f"test_{file}.py").write_text(text)
        measuring = Measuring(root)
        pytest.main([str(root), "-qq", "-p", "no:cacheprovider", "--no-summary"], plugins=[measuring])
    took = sorted(1000 * seconds for seconds in measuring.took)
    print(
        f"plan of {FILES * TESTS} tests hashed in {took[0]:.1f} ms (median {took[len(took) // 2]:.1f} ms, budget 50 ms)"
    )


if __name__ == "__main__":
    main()
