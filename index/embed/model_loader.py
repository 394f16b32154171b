"""Which embedder runs a model: its compiled form, made when the model is first used, else the reference.

A compiled model lies in the cache, in a folder whose name says from what it was made. Two processes may compile the
same model at once: each works in a folder of its own, and the first rename wins.
"""

import errno
import hashlib
import importlib.util
import json
import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, cast

from index import child_process
from index.embed.background_sentences import background_sentences
from index.embed.bundled_models import BUNDLED, Progress, default_cache, folder_for, full_name, settle
from index.embed.tokenizing import Manifest, tokenizer
from index.errors import ModelError, ModelFault

if TYPE_CHECKING:
    from index.embed.embedder import Embedder, Vectors
    from index.embed.onnx_embedder import OnnxEmbedder

log = logging.getLogger("quoth")
FORMAT = 1  # of a compiled folder; a new number makes every model be compiled anew


class LazyEmbedder:
    """An embedder that finds the one that runs its model when it is first needed. Safe to use from several threads.

    Args:
        model: a bundled model's name, a sentence-transformers folder, or a hub id.
        cache: where prepared models are kept.
        progress: called with the share done (0 to 1) while a model is prepared.

    Raises (when first used):
        ModelError: the model is not there or is not what it should be.
    """

    def __init__(self, model: str, *, cache: Path | None = None, progress: Progress = lambda share: None) -> None:
        self._model = model
        self._cache = cache
        self._progress = progress
        self._lock = threading.Lock()
        self._engine: Future[Embedder] | None = None

    @property
    def name(self) -> str:
        return full_name(self._model)

    @property
    def dimension(self) -> int:
        return self.engine().dimension

    def passages(self, texts: Sequence[str]) -> "Vectors":
        return self.engine().passages(texts)

    def questions(self, texts: Sequence[str]) -> "Vectors":
        return self.engine().questions(texts)

    def passage_tokens(self, texts: Sequence[str]) -> "tuple[Vectors, list[Vectors]]":
        return self.engine().passage_tokens(texts)

    def question_tokens(self, texts: Sequence[str]) -> "tuple[Vectors, list[Vectors]]":
        return self.engine().question_tokens(texts)

    def background(self) -> "Vectors":
        return self.engine().background()

    def engine(self) -> "Embedder":
        """The embedder that runs the model."""
        return self.begin().result()

    def begin(self) -> "Future[Embedder]":
        """Begin to load the model in another thread, while this one has other things to do."""
        with self._lock:
            if self._engine is None:
                loader = ThreadPoolExecutor(1, "model")
                cache = self._cache or default_cache()
                self._engine = loader.submit(load_embedder, self._model, cache, self._progress)
                loader.shutdown(wait=False)
            return self._engine


class _Died(Exception):
    """The compiler was stopped, for want of memory perhaps; the next start may try again."""


def load_embedder(model: str, cache: Path, progress: Progress = lambda share: None) -> "Embedder":
    """The compiled form of ``model``, compiled now if need be, or the reference where that cannot be.

    Raises:
        ModelError: the model is not there or is not what it should be.
    """
    folder = _place(model, cache)
    try:
        if folder is None or not _whole(folder):
            folder = _prepare(model, cache, progress)
        refused = folder / "refused.txt"
        if not refused.is_file():
            return open_onnx(full_name(model), folder)
        reason = refused.read_text("utf-8")
    except _Died as error:
        reason = str(error)
    log.warning(
        "The model %r cannot be compiled (%s). It runs on sentence-transformers: the answers are the same, but take "
        "several times as long, and 800 MB of memory.",
        model, reason,
    )  # fmt: skip
    from index.embed.embedder import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder(model, cache=cache, progress=progress)


def is_prepared(model: str, cache: Path) -> bool:
    """Whether ``model`` is compiled already, or known not to be something that can be."""
    folder = _place(model, cache)
    return folder is not None and _whole(folder)


def open_onnx(name: str, folder: Path) -> "OnnxEmbedder":
    """The compiled model in ``folder``."""
    manifest = Manifest.read(folder)
    # A large vocabulary is what takes longest; it is read while all else is imported and loaded.
    loader = ThreadPoolExecutor(1, "tokenizer")
    tokens = loader.submit(tokenizer, manifest, folder)
    loader.shutdown(wait=False)
    from index.embed.onnx_embedder import OnnxEmbedder

    return OnnxEmbedder(name, folder, manifest, tokens)


def _place(model: str, cache: Path) -> Path | None:
    """Where the compiled form of ``model`` belongs; None when the model's own files are not here yet."""
    if model in BUNDLED:
        made_from = BUNDLED[model].sha256
    else:
        folder = Path(model) if Path(model).is_dir() else _snapshot(model)
        if folder is None:
            return None
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        facts = [(str(path.relative_to(folder)), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
        made_from = json.dumps(facts)
    key = hashlib.sha256(json.dumps([FORMAT, made_from, background_sentences()]).encode()).hexdigest()[:12]
    slug = "".join(c if c.isalnum() else "-" for c in model.rpartition("/")[2])
    return cache / f"{slug}-compiled-{key}"


def _snapshot(model: str) -> Path | None:
    """The folder of a model from the hub that has been fetched before."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(model, "config.json")
    except HFValidationError:  # no name that a hub could have
        return None
    return Path(found).parent if isinstance(found, str) else None


def _whole(folder: Path) -> bool:
    """Whether a folder is there and its files have the sizes noted when it was made."""
    try:
        sizes = json.loads((folder / "sizes.json").read_text())
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False


def _prepare(model: str, cache: Path, progress: Progress) -> Path:
    if importlib.util.find_spec("sentence_transformers") is None:  # left out where models are only run
        raise ModelError(
            f"The model {model!r} is not prepared in {cache}, and sentence-transformers, which prepares it, is not "
            "installed.",
            "no_preparer",
            model=model,
        )
    try:
        cache.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".preparing-", dir=cache))
        try:
            return _compile(model, cache, work, progress)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    except OSError as error:
        what = f"The model cannot be prepared in {cache} ({error.strerror})."
        raise ModelError(what, "no_room", megabytes=1500) from error


def _compile(model: str, cache: Path, work: Path, progress: Progress) -> Path:
    source = model
    if model in BUNDLED:
        source = str(folder_for(model, work, lambda share: progress(0.2 * share)))
    made = work / "made"
    made.mkdir()
    reason = _run_compiler(source, made, progress)
    folder = _place(model, cache)
    if folder is None:  # it is not there at all: the reference says so better
        from index.embed.embedder import SentenceTransformerEmbedder

        SentenceTransformerEmbedder(model, cache=cache).model()
        raise ModelError(f"The model {model!r} cannot be found again after it was loaded.")
    if reason is not None:
        (made / "refused.txt").write_text(reason, "utf-8")
    sizes = {path.name: path.stat().st_size for path in made.iterdir()}
    (made / "sizes.json").write_text(json.dumps(sizes))
    for path in made.iterdir():
        path.chmod(0o644)  # who prepares a model for others may not be who runs it
    settle(made, folder, _whole)
    return folder


def _run_compiler(source: str, made: Path, progress: Progress) -> str | None:
    """Compile in another process; the reason when it cannot be done.

    Raises:
        ModelError: the model cannot be loaded.
        OSError: the disk is full.
        _Died
    """
    kind, rest = "", ""
    with child_process.start(["-m", "index.embed.onnx_export", source, str(made)]) as process:
        assert process.stdout is not None
        for line in process.stdout:
            kind, _, rest = line.decode(errors="replace").strip().partition(" ")
            if kind == "done":
                progress(0.2 + 0.8 * float(rest))
    if process.returncode == 0 and kind == "done":
        return None
    if kind == "missing":
        kind, _, what = rest.partition(" ")
        raise ModelError(what, cast("ModelFault", kind), model=source)
    if kind == "full":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if kind == "cannot":
        return rest
    raise _Died(f"the compiler stopped with status {process.returncode}")
