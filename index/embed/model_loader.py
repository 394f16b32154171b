"""Chooses the embedder for a model: its compiled form, made on first use, or else the reference embedder.

A compiled model is in the cache, in a folder whose name has a hash of what it was made from. Two processes may compile
the same model at once: each works in a separate folder, and the first rename wins.
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
FORMAT = 1  # of a compiled folder; raise it to have every model compiled again


class LazyEmbedder:
    """An embedder that loads, and if necessary prepares, its model on first use. Thread-safe.

    Args:
        model: a bundled model's name, a sentence-transformers folder, or a hub id.
        cache: the folder of prepared models.
        progress: called with the share done (0 to 1) while a model is prepared.

    Raises (on first use):
        ModelError: the model is missing, altered or cannot be loaded.
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
        """The embedder that runs the model, loaded if it is not yet. Raises ModelError."""
        return self.begin().result()

    def begin(self) -> "Future[Embedder]":
        """Begin to load the model in another thread, and return at once."""
        with self._lock:
            if self._engine is None:
                loader = ThreadPoolExecutor(1, "model")
                cache = self._cache or default_cache()
                self._engine = loader.submit(load_embedder, self._model, cache, self._progress)
                loader.shutdown(wait=False)
            return self._engine


class _CompilerCrashed(Exception):
    """The compiler's process was stopped, perhaps because memory ran out; the next start tries again."""


def load_embedder(model: str, cache: Path, progress: Progress = lambda share: None) -> "Embedder":
    """The compiled form of ``model``, compiled now if necessary; the reference embedder if it cannot be compiled.

    Raises:
        ModelError: the model is missing, altered or cannot be loaded.
    """
    folder = _place(model, cache)
    try:
        if folder is None or not _whole(folder):
            folder = _prepare(model, cache, progress)
        refused = folder / "refused.txt"
        if not refused.is_file():
            return open_onnx(full_name(model), folder)
        reason = refused.read_text("utf-8")
    except _CompilerCrashed as error:
        reason = str(error)
    log.warning(
        "The model %r cannot be compiled (%s). It runs on sentence-transformers: the answers are the same, but take "
        "several times as long, and 800 MB of memory.",
        model, reason,
    )  # fmt: skip
    from index.embed.embedder import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder(model, cache=cache, progress=progress)


def is_prepared(model: str, cache: Path) -> bool:
    """Whether ``model`` is already compiled, or is known to be impossible to compile."""
    folder = _place(model, cache)
    return folder is not None and _whole(folder)


def open_onnx(name: str, folder: Path) -> "OnnxEmbedder":
    """The compiled model in ``folder``."""
    manifest = Manifest.read(folder)
    # Reading a large vocabulary takes longest, so it runs while everything else is imported and loaded.
    loader = ThreadPoolExecutor(1, "tokenizer")
    tokens = loader.submit(tokenizer, manifest, folder)
    loader.shutdown(wait=False)
    from index.embed.onnx_embedder import OnnxEmbedder

    return OnnxEmbedder(name, folder, manifest, tokens)


def _place(model: str, cache: Path) -> Path | None:
    """The folder for the compiled form of ``model``; None if the model's own files are not on this machine yet."""
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
    """The folder of a hub model that was downloaded before; None if there is none."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(model, "config.json")
    except HFValidationError:  # not a valid hub id
        return None
    return Path(found).parent if isinstance(found, str) else None


def _whole(folder: Path) -> bool:
    """Whether a folder exists and its files have the sizes recorded when it was made."""
    try:
        sizes = json.loads((folder / "sizes.json").read_text())
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False


def _prepare(model: str, cache: Path, progress: Progress) -> Path:
    if importlib.util.find_spec("sentence_transformers") is None:  # not installed where models are only run
        raise ModelError(
            f"The model {model!r} is not prepared in {cache}, and sentence-transformers, which would prepare it, is "
            "not installed.",
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
    if folder is None:  # the model is missing: loading it raises a ModelError with the reason
        from index.embed.embedder import SentenceTransformerEmbedder

        SentenceTransformerEmbedder(model, cache=cache).model()
        raise ModelError(f"The model {model!r} cannot be found again after it was loaded.")
    if reason is not None:
        (made / "refused.txt").write_text(reason, "utf-8")
    sizes = {path.name: path.stat().st_size for path in made.iterdir()}
    (made / "sizes.json").write_text(json.dumps(sizes))
    for path in made.iterdir():
        path.chmod(0o644)  # another user may run the model
    settle(made, folder, _whole)
    return folder


def _run_compiler(source: str, made: Path, progress: Progress) -> str | None:
    """Compile in another process. Returns None, or the reason why the model cannot be compiled.

    Raises:
        ModelError: the model cannot be loaded.
        OSError: the disk is full.
        _CompilerCrashed
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
    raise _CompilerCrashed(f"the compiler stopped with status {process.returncode}")
