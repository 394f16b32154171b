"""A process of its own: what goes in, what comes out, and what ends it."""

import json
import os
import sys
from pathlib import Path

import pytest

from index.child_process import ChildFailed, run, start

ECHO = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"


def python(code: str, data: bytes = b"", *, seconds: float = 60.0, most_bytes: int = 1 << 20) -> bytes:
    return run(("-c", code), data, seconds=seconds, most_bytes=most_bytes)


def test_what_it_writes_comes_back_however_much_it_is_given() -> None:
    data = os.urandom(1 << 20)
    assert python(ECHO, data) == data


def test_one_that_reads_nothing_is_not_waited_for() -> None:
    assert python("print('done')", bytes(1 << 22)).strip() == b"done"


@pytest.mark.parametrize("code", ["import sys; sys.exit(3)", "import os; print('so far'); os.abort()", "no python"])
def test_one_that_fails(code: str) -> None:
    with pytest.raises(ChildFailed):
        python(code)


def test_one_that_does_not_end_is_stopped() -> None:
    with pytest.raises(ChildFailed):
        python("import time; time.sleep(3600)", bytes(1 << 22), seconds=0.1)


def test_one_that_writes_without_end_is_stopped() -> None:
    with pytest.raises(ChildFailed):
        python("while True: print('x' * 1000)", most_bytes=10_000)
    assert python(ECHO, b"x" * 10_000, most_bytes=10_000) == b"x" * 10_000


def test_it_sees_the_environment_without_our_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_TELEGRAM_TOKEN", "1:secret")
    monkeypatch.setenv("LANG", "uk_UA.UTF-8")
    seen = json.loads(python("import json, os; print(json.dumps(dict(os.environ)))"))
    assert seen["LANG"] == "uk_UA.UTF-8"
    assert not [name for name in seen if name.startswith("QUOTH_")]


def test_our_package_is_found_from_anywhere_and_no_other_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (tmp_path / "here", tmp_path / "further"):
        (folder / "index").mkdir(parents=True)
        (folder / "index" / "__init__.py").write_text("")
    (tmp_path / "further" / "needed.py").write_text("")
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "further"))
    found = python("import needed, index.child_process; print(index.child_process.__file__, end='')")
    assert Path(found.decode()) == Path(sys.modules["index.child_process"].__file__ or "")


def test_one_that_is_listened_to() -> None:
    with start(("-c", "import sys; print(sys.argv[1:], sys.stdin.read())", "one", "two")) as child:
        assert child.stdout is not None
        assert [line.strip() for line in child.stdout] == [b"['one', 'two']"]
    assert child.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_the_limits_that_it_sets_itself(tmp_path: Path) -> None:
    begin = "from index.child_process import limit; limit(memory=1 << 30, seconds=5); "
    assert python(f"{begin}print('fine')").strip() == b"fine"
    for code in ("bytes(2 << 30)", f"open({str(tmp_path / 'written')!r}, 'wb', 0).write(b'x')"):
        with pytest.raises(ChildFailed):
            python(begin + code)
