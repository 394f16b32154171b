"""The commands that take care of the library: verify, rebuild, backup, restore, salvage."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.terminal import ORCHARD, Run, one


def test_verify_and_rebuild(quoth: Run, harbour: str, tmp_path: Path) -> None:
    one(quoth, "add", harbour)
    assert quoth("verify")[0] == 0
    (tmp_path / "data" / "vectors.faiss").write_bytes(b"torn")
    status, out, _ = quoth("verify")
    assert status == 1
    assert "vectors.faiss" in out
    assert quoth("rebuild")[0] == 0
    assert quoth("verify")[0] == 0
    assert one(quoth, "ask", "When does the ferry leave?")["answered"]


def test_backup_and_restore(quoth: Run, harbour: str) -> None:
    article_id = one(quoth, "add", harbour)["id"]
    status, out, err = quoth("backup", "kept.tar")
    assert (status, err) == (0, "")
    assert re.fullmatch(r"data is saved in kept\.tar: 1 articles, \d+\.\d MB, checked\.\n", out)
    for command in (("backup", "kept.tar"), ("backup", "other.tar", "--data", "new"), ("restore", "kept.tar")):
        status, out, err = quoth(*command)
        assert (status, out) == (1, "")
        assert err.startswith("quoth: ")
        assert err.count("\n") == 1
    assert quoth("restore", "kept.tar", "--data", "new") == (
        0,
        "kept.tar is restored to new: 1 articles, checked.\n",
        "",
    )
    assert one(quoth, "ask", "When does the ferry leave?", "--data", "new")["quotes"][0]["article"] == article_id
    assert quoth("backup")[0] == quoth("restore")[0] == 2


def test_salvage(quoth: Run, harbour: str, tmp_path: Path) -> None:
    (tmp_path / "orchard.txt").write_text(ORCHARD)
    quoth("add", harbour, "orchard.txt", "--data", "old")
    with closing(sqlite3.connect("old/library.sqlite3")) as db:
        db.execute("DELETE FROM passages")
        db.execute("UPDATE articles SET text = text || '!' WHERE text LIKE '%abbey%'")
        db.commit()
    assert quoth("salvage", "old", "--data", "new") == (
        0,
        "1 articles of old are in new; 1 could not be read.\n"
        "Check them with quoth verify --data new, then set QUOTH_DATA_DIR to it.\n",
        "",
    )
    assert quoth("verify", "--data", "new")[1] == "1 articles, no faults.\n"
    assert "Ingrid Dahl" in quoth("ask", "Who is the captain of the ferry?", "--data", "new")[1]
    status, _, err = quoth("salvage", "old", "--data", "new")
    assert (status, "has a library already" in err) == (1, True)
    assert quoth("salvage", "nowhere", "--data", "newer")[0] == 1


def test_a_library_of_another_model_is_refused_until_it_is_rebuilt(
    quoth: Run, harbour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one(quoth, "add", harbour)
    monkeypatch.setenv("QUOTH_MODEL", "other")
    status, out, err = quoth("ask", "When does the ferry leave?")
    assert (status, out) == (1, "")
    assert "quoth rebuild" in err
    assert quoth("rebuild")[0] == 0
    assert quoth("ask", "When does the ferry leave?")[0] == 0
