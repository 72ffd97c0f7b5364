"""The fixtures; each imports what it needs when it is requested."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import numpy as np

    from mltest.inputs.artifacts import Artifacts
    from mltest.plugin.baselines import Baselines

__all__ = ["ml_artifacts", "ml_baseline", "ml_rng"]


@pytest.fixture(scope="session")
def ml_artifacts(request: pytest.FixtureRequest) -> Artifacts:
    """Tables and models of ``[tool.mltest.artifacts]`` by name; each is opened once, when first asked for."""
    from mltest.evidence.recorder import active
    from mltest.inputs.artifacts import Artifacts
    from mltest.inputs.digest_cache import DigestCache
    from mltest.inputs.loading import MODEL_SUFFIXES
    from mltest.inputs.locations import is_callable_name
    from mltest.plugin.run import RUN

    run = request.config.stash[RUN]
    recorder = active()

    def written_down(name: str, digest: str | None, size: int, rows: int | None) -> None:
        if recorder is not None:
            given = run.artifacts[name]
            uri = str(given["uri"] if isinstance(given, dict) else given)
            model = uri.endswith(MODEL_SUFFIXES) or is_callable_name(uri)
            facts = artifacts.provenance(name)
            recorder.read(name, uri=uri, digest=digest, bytes=size, rows=rows, model=model, **facts)

    rehash = run.profile == "release" or bool(request.config.option.mltest_rehash)
    artifacts = Artifacts(
        run.artifacts,
        run.settings.base if run.settings else run.root,
        tables=run.settings.tables if run.settings else "polars",
        on_read=written_down,
        cache=DigestCache(run.root / ".mltest" / "cache" / "digests.json", rehash=rehash),
    )
    return artifacts


@pytest.fixture
def ml_baseline(request: pytest.FixtureRequest) -> Baselines:
    """``ml_baseline(name, evaluation)``: the approved evaluation of that name, kept beside the test's file."""
    from mltest.plugin.baselines import Baselines
    from mltest.plugin.run import RUN

    run = request.config.stash[RUN]
    return Baselines(request.path, run.root, rewrites=run.rewrites)


@pytest.fixture
def ml_rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """A NumPy generator, seeded from the run's seed and the test's id: reruns agree, order changes nothing."""
    import numpy as np

    from mltest.evidence.recorder import seed_here

    return np.random.Generator(np.random.PCG64(seed_here("ml_rng", request.node.nodeid)))
