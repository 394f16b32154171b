"""The FAISS index over the passages of a library, and its file. Used by ``store`` alone."""

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.embedder import Vectors

MAGIC = "quoth-vectors-1"


class PassageIndex:
    """Exact inner-product search over passage vectors (m, d), named by their passage ids.

    ``generation`` is the library's change counter at the moment that the index reflects; -1 when unknown.
    """

    def __init__(self, dimension: int) -> None:
        import faiss

        self._faiss: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        self.generation = -1

    def nearest(self, vector: Vectors, k: int) -> list[int]:
        if not self._faiss.ntotal:
            return []
        _, ids = self._faiss.search(vector[None, :], min(k, self._faiss.ntotal))
        return [int(i) for i in ids[0] if i >= 0]

    def ids(self) -> NDArray[np.int64]:
        import faiss

        return np.asarray(faiss.vector_to_array(self._faiss.id_map), np.int64)

    def add(self, ids: NDArray[np.int64], vectors: Vectors) -> None:
        self._faiss.add_with_ids(vectors, ids)

    def retain(self, stored: NDArray[np.int64]) -> NDArray[np.int64]:
        """Drop every passage that is not among ``stored``; return those of ``stored`` that are missing here."""
        mine = self.ids()
        gone = np.setdiff1d(mine, stored)
        if len(gone):
            self._faiss.remove_ids(gone)
        return np.setdiff1d(stored, mine)

    def save(self, path: Path, stamp: dict[str, str]) -> None:
        """Write header and index to a new file and rename it over the old one: a reader sees one or the other."""
        import faiss

        body = faiss.serialize_index(self._faiss).tobytes()
        header = {"format": MAGIC, **stamp, "sha256": hashlib.sha256(body).hexdigest()}
        descriptor, name = tempfile.mkstemp(prefix=".vectors-", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(json.dumps(header).encode() + b"\n" + body)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    @classmethod
    def load(cls, path: Path | None, stamp: dict[str, str]) -> "PassageIndex | None":
        """The index in the file, or None when it is missing, torn, or of another library or model."""
        import faiss

        body = _body(path, stamp) if path else None
        if not isinstance(body, bytes):
            return None
        index = cls.__new__(cls)
        try:
            index._faiss = faiss.deserialize_index(np.frombuffer(body, np.uint8))
        except RuntimeError:  # whole, but of a FAISS that writes otherwise
            return None
        index.generation = -1
        return index

    @staticmethod
    def problem(path: Path, stamp: dict[str, str]) -> str | None:
        """Why the file cannot be used, or None. A missing file is no problem: it is made again."""
        body = _body(path, stamp)
        return f"{path.name}: {body}. It is made again by: quoth rebuild." if isinstance(body, str) else None


def _body(path: Path, stamp: dict[str, str]) -> bytes | str | None:
    """The serialised index in the file, or what is wrong with it; None when there is no file."""
    try:
        line, _, body = path.read_bytes().partition(b"\n")
        header = json.loads(line)
        checksum = header["sha256"]
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    except (ValueError, KeyError, TypeError):
        return "not an index of ours, or torn"
    if header.get("format") != MAGIC or {key: header.get(key) for key in stamp} != stamp:
        return "made by another model or for another library"
    if hashlib.sha256(body).hexdigest() != checksum:
        return "torn (its checksum does not match)"
    return body
