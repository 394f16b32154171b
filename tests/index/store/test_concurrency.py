"""The library under several threads and processes, and when one of them is killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from index.errors import UnknownArticle
from index.library import Library
from index.models import Answer, Article
from index.store.sqlite.library_store import Store
from tests.support.embedder import WordEmbedder
from tests.support.engine import HARBOUR, RANKER, put

ADDER = """
import sys
from pathlib import Path
from index.models import Article
from index.store.sqlite.library_store import Store
from tests.support.engine import put

folder, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
store = Store(folder, "words")
for i in range(count):
    text = f"The {name} number {i} was painted by {name}{i}. " * 3 + f"\\n\\nIt is {i} metres long. It never moved."
    print(put(store, Article(text, f"{name} {i}", language="en")).id, flush=True)
store.save_index()
store.close()
"""


@contextmanager
def adder(folder: Path, name: str, count: int) -> Iterator[subprocess.Popen[str]]:
    """A process that adds ``count`` articles once it gets a line, and prints each one's id after its commit."""
    process = subprocess.Popen(
        [sys.executable, "-c", ADDER, str(folder), name, str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    with process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def start(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    process.stdin.write("go\n")
    process.stdin.flush()


@pytest.mark.parametrize("printed", [1, 9, 30])
def test_a_killed_process_loses_nothing_that_it_reported(tmp_path: Path, printed: int) -> None:
    with adder(tmp_path, "mast", 50) as process:
        start(process)
        assert process.stdout
        ids = [process.stdout.readline().strip() for _ in range(printed)]
        process.send_signal(signal.SIGKILL)
        ids += process.stdout.read().split()
        assert process.wait() == -signal.SIGKILL
    store = Store(tmp_path, "words")
    kept = {line.id for line in store.listings()}
    assert set(ids) <= kept
    assert len(kept) <= len(ids) + 1  # one may have been committed and not yet reported
    assert store.verify() == []
    for article_id in kept:
        assert len(store.document(article_id).passages) == 5
    put(store, HARBOUR)
    store.save_index()
    assert store.verify() == []
    store.close()


def test_two_processes_add_at_once(tmp_path: Path) -> None:
    with adder(tmp_path, "mast", 20) as one, adder(tmp_path, "hull", 20) as two:
        start(one)
        start(two)
        ids = [process.communicate()[0].split() for process in (one, two)]
        assert [process.returncode for process in (one, two)] == [0, 0]
    store = Store(tmp_path, "words")
    assert {line.id for line in store.listings()} == {*ids[0], *ids[1]}
    assert len(store.listings()) == 40
    assert store.verify() == []
    asked = WordEmbedder().questions(["mast13 hull7"])[0]
    assert len(store.nearest(asked, 1000)) == 200
    store.close()


def test_threads_ask_while_others_add_and_remove(tmp_path: Path) -> None:
    with Library(Store(tmp_path, "words"), WordEmbedder(), RANKER) as library, ThreadPoolExecutor(4) as pool:
        library.add(HARBOUR)

        def ask(_: int) -> None:
            for article_id in (HARBOUR.id, None):
                found = library.ask("Which engineers built the crane in 1974?", article_id)
                assert isinstance(found, Answer)
                assert found.quotes[0].text.startswith("Engineers built the crane in 1974.")

        def change(number: int) -> None:
            text = f"A lamp of kind {number} burns oil. It was lit by hand."
            added = library.add(Article(text, f"Lamp {number}", language="en")).article
            if number % 2:
                library.remove(added.id)
                with pytest.raises(UnknownArticle):
                    library.ask("Who lit the lamp?", added.id)

        asking = [pool.submit(ask, i) for i in range(40)]
        changing = [pool.submit(change, i) for i in range(20)]
        for job in asking + changing:
            job.result()
        assert len(library.articles()) == 11
        assert library.verify() == []
