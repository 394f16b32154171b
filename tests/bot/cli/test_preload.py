"""The command as a process: what it begins before it knows its options, and how it ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import index.embed.model_loader
from bot.cli.app import main
from bot.cli.preload import preload
from index.embed.bundled_models import full_name
from index.embed.model_loader import LazyEmbedder
from tests.support.embedder import WordEmbedder


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The models that begin to be loaded; every one is prepared."""
    found: list[str] = []
    monkeypatch.setattr(index.embed.model_loader, "is_prepared", lambda model, cache: True)
    monkeypatch.setattr(LazyEmbedder, "begin", lambda self: found.append(self.name))
    monkeypatch.delenv("QUOTH_MODEL", raising=False)
    monkeypatch.chdir(tmp_path)
    return found


def test_a_question_begins_with_the_model(loaded: list[str]) -> None:
    assert preload(["ask", "Who?"])
    assert preload(["chat", "article.txt"])
    assert loaded == [full_name("multilingual")] * 2


@pytest.mark.parametrize("arguments", [[], ["ask"], ["list", "--json"], ["ask", "--help"], ["chat", "a.txt", "-h"]])
def test_what_asks_nothing_loads_nothing(loaded: list[str], arguments: list[str]) -> None:
    assert preload(arguments) is None
    assert loaded == []


def test_the_model_is_the_one_of_the_environment_or_the_file(
    loaded: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("QUOTH_MODEL=english\n")
    preload(["ask", "Who?"])
    monkeypatch.setenv("QUOTH_MODEL", "multilingual")
    preload(["ask", "Who?"])
    assert loaded == [full_name("english"), full_name("multilingual")]
    monkeypatch.setenv("QUOTH_MODEL", "some/hub-model")
    assert preload(["ask", "Who?"]) is None


def test_a_model_that_is_not_prepared_waits_for_its_progress_bar(
    loaded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.embed.model_loader, "is_prepared", lambda model, cache: False)
    assert preload(["ask", "Who?"]) is None
    assert loaded == []


class Named(WordEmbedder):
    """Counts what it is asked."""

    asked = 0

    def begin(self) -> None: ...

    def questions(self, texts: object) -> object:  # type: ignore[override]
        type(self).asked += 1
        return super().questions(texts)  # type: ignore[arg-type]


def test_a_model_begun_early_is_used_when_the_settings_name_it_and_no_other(
    loaded: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Early(Named): ...

    class Later(Named):
        def __init__(self, model: str, progress: object) -> None:
            super().__init__(full_name(model))

    monkeypatch.setattr(index.embed.model_loader, "LazyEmbedder", Later)
    (tmp_path / "mill.txt").write_text("The mill burned down in 1911. Its miller rebuilt it.\n")
    monkeypatch.setattr(sys, "argv", ["quoth", "ask", "When did it burn?", "--article", "mill.txt"])
    monkeypatch.setenv("QUOTH_MODEL", "english")  # for which there is no token reader
    for name, expected in ((full_name("english"), Early), ("another", Later)):
        Early.asked = Later.asked = 0
        with pytest.raises(SystemExit):
            main(Early(name))  # type: ignore[arg-type]
        assert expected.asked
        assert Early.asked + Later.asked == expected.asked


def quoth(*command: str, folder: Path, **options: object) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    return subprocess.Popen([sys.executable, "-m", "bot", *command], cwd=folder, env=environment, **options)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize(("command", "status"), [(["list"], 0), (["show", "no-such"], 1), (["ask", "--nonsense"], 2)])
def test_a_process_ends_with_its_status_and_all_of_its_words(tmp_path: Path, command: list[str], status: int) -> None:
    with quoth(*command, folder=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        out, err = process.communicate()
    assert process.returncode == status
    assert (out + err).endswith(b"\n")
    assert b"Traceback" not in err


def test_whoever_stops_reading_gets_no_traceback(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with quoth("--help", folder=tmp_path, stdout=writing, stderr=subprocess.PIPE) as process:
        os.close(writing)
        _, err = process.communicate()
    assert process.returncode == 1
    assert err == b""


def test_a_model_that_is_being_prepared_is_waited_for(tmp_path: Path) -> None:
    script = (
        "import sys, threading\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "import bot.cli.app\n"
        "from bot.__main__ import main\n"
        "go = threading.Event()\n"
        "def prepare():\n"
        "    go.wait()\n"
        "    print('tidy', flush=True)\n"
        "def run(early):\n"
        "    loader = ThreadPoolExecutor(1, 'model')\n"
        "    loader.submit(prepare)\n"
        "    loader.shutdown(wait=False)\n"
        "leave = sys.exit\n"
        "sys.exit = lambda status: (go.set(), leave(status))\n"
        "bot.cli.app.main = run\n"
        "main()\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    run = [sys.executable, "-c", script]
    done = subprocess.run(run, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "tidy\n"
