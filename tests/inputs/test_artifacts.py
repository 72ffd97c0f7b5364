from __future__ import annotations

import json
import statistics
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from skops.io import dump

from mltest.errors import ArtifactError, UntrustedError, UsageError
from mltest.inputs import opening
from mltest.inputs.artifacts import Artifacts, origin
from mltest.inputs.digests import digest_file, digest_of, digest_table, digest_tree
from mltest.inputs.evaluation import evaluate

TRAIN = pl.DataFrame({"age": [31, None, 50], "deny": ["no", "yes", "no"]})
DECLARED = {
    "train": "train.parquet",
    "train_csv": "train.csv",
    "train_arrow": "train.arrow",
    "train_stream": "stream.ipc",
    "model": "model.skops",
    "noted": {"uri": "noted.skops", "trusted": ["statistics.NormalDist"]},
    "untrusted": "noted.skops",
    "rule": "statistics:mean",
    "card": "card.json",
    "notes": "notes.md",
    "folder": "folder",
    "gone": "train.parqet",
}


@pytest.fixture
def base(tmp_path):
    TRAIN.write_parquet(tmp_path / "train.parquet")
    TRAIN.write_csv(tmp_path / "train.csv")
    TRAIN.write_ipc(tmp_path / "train.arrow")
    TRAIN.write_ipc_stream(tmp_path / "stream.ipc")
    X, y = np.array([[0.0], [1.0]]), [0, 1]
    dump(LogisticRegression().fit(X, y), tmp_path / "model.skops")
    noted = LogisticRegression().fit(X, y)
    noted.note_ = statistics.NormalDist()  # a type that no version of skops knows
    dump(noted, tmp_path / "noted.skops")
    (tmp_path / "card.json").write_text(json.dumps({"owner": "risk"}))
    (tmp_path / "notes.md").write_text("notes")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.txt").write_text("a")
    return tmp_path


@pytest.fixture
def artifacts(base):
    return Artifacts(DECLARED, base)


@pytest.mark.parametrize("name", ["train", "train_csv", "train_arrow", "train_stream"])
def test_tables_open_by_their_ending(artifacts, name):
    assert artifacts[name].equals(TRAIN)


def test_tables_open_as_pandas_where_asked(base):
    table = Artifacts(DECLARED, base, tables="pandas")["train"]
    assert isinstance(table, pd.DataFrame)
    assert table["deny"].tolist() == TRAIN["deny"].to_list()


def test_the_whole_csv_decides_the_types(base):
    rows = ["n"] + ["1"] * 500 + ["1.5"]
    (base / "late.csv").write_text("\n".join(rows))
    assert Artifacts({"late": "late.csv"}, base)["late"]["n"].dtype == pl.Float64


def test_other_kinds_open_as_what_they_are(artifacts, base):
    assert artifacts["model"].predict([[1.0]]).tolist() == [1]
    assert artifacts["noted"].predict([[1.0]]).tolist() == [1]
    assert artifacts["rule"]([1, 3]) == 2
    assert artifacts["card"] == {"owner": "risk"}
    assert artifacts["notes"] == base / "notes.md"
    assert artifacts["folder"] == base / "folder"
    with pytest.raises(UntrustedError, match=r"statistics.NormalDist"):
        artifacts["untrusted"]


def test_nothing_is_read_before_it_is_used_and_then_once(artifacts, monkeypatch):
    read = []
    real = opening.read_bytes
    monkeypatch.setattr(opening, "read_bytes", lambda uri, folder: read.append(uri) or real(uri, folder))
    assert list(artifacts) == list(DECLARED)
    assert not read
    assert dict(artifacts.digests) == {}
    threads = [threading.Thread(target=lambda: artifacts["train"]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == ["train.parquet"]
    assert artifacts["model"] is artifacts["model"]


def test_digests_are_those_of_the_bytes(artifacts, base):
    for name in ("train", "model", "folder", "notes"):
        artifacts[name]
    assert dict(artifacts.digests) == {
        "train": digest_file(base / "train.parquet"),
        "model": digest_file(base / "model.skops"),
        "folder": digest_tree(base / "folder"),
        "notes": digest_file(base / "notes.md"),
    }


def test_objects_know_where_they_came_from(artifacts, base):
    train = artifacts["train"]
    expected = ("train", digest_file(base / "train.parquet"))
    assert artifacts.origin(train) == origin(train) == expected
    assert digest_of(train) == expected[1]
    assert origin(train.clone()) is None
    assert digest_of(train.clone()) == digest_table(TRAIN)


def test_an_evaluation_names_its_artifacts(base):
    test = pl.DataFrame({"x": [0.0, 1.0], "y": [0, 1]})
    test.write_parquet(base / "test.parquet")
    artifacts = Artifacts({"candidate": "model.skops", "test": "test.parquet"}, base)
    made = evaluate(artifacts["candidate"], artifacts["test"], "y", features=["x"])
    assert (made.model_name, made.data_name) == ("candidate", "test")
    assert made.inputs == {
        "model": digest_file(base / "model.skops"),
        "data": digest_file(base / "test.parquet"),
    }


@pytest.mark.parametrize("engine", ["polars", "pandas"])
def test_a_test_that_changes_its_table_changes_nobody_elses(base, engine):
    artifacts = Artifacts(DECLARED, base, tables=engine)
    mine = artifacts["train"]
    mine[0, "deny"] = "maybe"
    if engine == "pandas":
        mine["deny"] = "maybe"
    assert list(artifacts["train"]["deny"]) == ["no", "yes", "no"]


def test_each_use_is_reported(base):
    used = []
    artifacts = Artifacts(DECLARED, base, on_read=lambda *told: used.append(told))
    artifacts["train"]
    artifacts["train"]
    artifacts["card"]
    size = (base / "train.parquet").stat().st_size
    train = ("train", digest_file(base / "train.parquet"), size, 3)
    assert used == [train, train, ("card", digest_file(base / "card.json"), 17, None)]


def test_it_is_a_mapping(artifacts):
    assert "train" in artifacts
    assert "trian" not in artifacts
    assert artifacts.get("trian") is None
    assert artifacts.get("trian", 3) == 3
    assert len(artifacts) == len(DECLARED)
    with pytest.raises(TypeError):
        artifacts["train"] = 1
    assert "train" in repr(artifacts)


def test_an_unknown_name_names_the_nearest(artifacts):
    with pytest.raises(UsageError, match=r"no artifact 'trian'; nearest is 'train' \(declared are card, folder"):
        artifacts["trian"]
    with pytest.raises(UsageError, match=r"none is declared in .tool.mltest.artifacts."):
        Artifacts({}, Path())["train"]


def test_a_missing_file_names_the_nearest(artifacts):
    with pytest.raises(ArtifactError, match=r"train.parqet; nearest is 'train.parquet'"):
        artifacts["gone"]


@pytest.mark.parametrize("name", ["bad.parquet", "bad.arrow", "bad.json", "bad.csv", "bad.feather"])
def test_a_corrupt_file_names_itself_and_its_digest(base, name):
    (base / name).write_bytes(b"\xff\xfe{ no")
    if name == "bad.csv":
        (base / name).write_bytes(b"")
    with pytest.raises(ArtifactError, match=rf"{name} \(sha256:[0-9a-f]{{64}}, \d+ bytes\) cannot be read as"):
        Artifacts({"bad": name}, base)["bad"]


def test_an_empty_table_is_handed_out_for_the_check_to_refuse(base):
    TRAIN.clear().write_parquet(base / "empty.parquet")
    empty = Artifacts({"empty": "empty.parquet"}, base)["empty"]
    with pytest.raises(UsageError, match="empty has no rows"):
        evaluate(lambda table: table, empty, "deny")


def test_urls_open_through_fsspec(base):
    import fsspec

    fsspec.filesystem("memory").pipe_file("/data/train.csv", (base / "train.csv").read_bytes())
    assert Artifacts({"train": "memory://data/train.csv"}, base)["train"].equals(TRAIN)
    assert Artifacts({"train": (base / "train.csv").as_uri()}, base)["train"].equals(TRAIN)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (3, "artifact 'a' is a int"),
        ({"url": "x"}, "unknown key 'url'; nearest is 'uri'"),
        ({"trusted": True}, "uri is missing"),
        ({"uri": "x.pkl", "trusted": "yes"}, "trusted is 'yes'; give true, false or a list"),
    ],
)
def test_a_wrong_declaration_is_refused_at_once(given, message):
    with pytest.raises(UsageError, match=message):
        Artifacts({"a": given}, Path())


def test_an_unknown_engine_is_refused():
    with pytest.raises(
        UsageError, match="tables='panda': tables are opened with polars or pandas; nearest is 'pandas'"
    ):
        Artifacts({}, Path(), tables="panda")
