"""The FAISS index over the passages of a library, and its file.

Up to ``EXACT`` passages a search compares all of them. Above, the vectors are rounded to 8 bits (scalar quantiser) and
stored in lists around centroids, and a search compares only the nearest lists (inverted file: Jégou, Douze and Schmid
2011). This takes a quarter of the memory, and the time grows with the square root of the number of passages. The
passages found are compared exactly afterwards (``index/retrieve/search.py``). ``benchmarks/speed/large.py`` measures
how many passages are missed.
"""

import contextlib
import errno
import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.embed.embedder import Vectors
from index.errors import Fault

MAGIC = "quoth-vectors-2"
BEFORE = b'{"format": "quoth-vectors-1"'  # how a file of the earlier format begins; the index is built again
PART = ".vectors-"  # how the names of unfinished files begin
ABANDONED = 3600.0  # seconds; an unfinished file that was not written for longer is abandoned
EXACT = 50_000  # passages; up to this many a search compares all
SEARCHED = 0.03  # share of the lists that is searched
FEWEST = 80  # the least number of lists that is searched
OUTGROWN = 4  # the index is built again when there are this many times the passages it was trained for
SAMPLE = 50  # vectors for each centroid to train on
Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Mark:
    """The state of the library that an index reflects.

    ``generation`` is the library's change counter (-1 if unknown), ``newest`` the highest passage id in the index,
    ``trained`` the number of passages when the centroids were trained (0 without centroids).
    """

    generation: int = -1
    newest: int = 0
    trained: int = 0


class VectorIndex:
    """Search by inner product over passage vectors (m, d) and their passage ids (m,). New passages get higher ids."""

    def __init__(self, dimension: int, sample: Vectors | None = None, count: int = 0) -> None:
        """Make an empty index: for ``count`` passages, trained on a ``sample`` (s, d); without one, an exact index."""
        import faiss

        self.mark = Mark()
        if sample is None:
            self._faiss: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
            return
        lists = centroids(count)
        coarse = faiss.IndexFlatIP(dimension)
        self._faiss = faiss.IndexIVFScalarQuantizer(
            coarse, dimension, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
        )
        self._faiss.cp.min_points_per_centroid = 1  # with fewer points FAISS prints a warning to stderr
        self._faiss.train(sample)
        self._search_some()
        self.mark = Mark(trained=count)

    def __len__(self) -> int:
        return int(self._faiss.ntotal)

    def nearest(self, vector: Vectors, k: int) -> list[int]:
        import faiss

        if not len(self):
            return []
        # One question is too little work for several threads, which would then keep the cores busy while they wait.
        faiss.omp_set_num_threads(1)
        _, ids = self._faiss.search(vector[None, :], min(k, len(self)))
        return [int(i) for i in ids[0] if i >= 0]

    def add(self, ids: Ids, vectors: Vectors) -> None:
        self._faiss.add_with_ids(vectors, ids)

    def remove(self, spans: Sequence[tuple[int, int]]) -> None:
        """Remove the passages whose ids lie in one of the spans, both ends included."""
        import faiss

        if spans and len(self):
            gone = np.concatenate([np.arange(first, last + 1, dtype=np.int64) for first, last in spans])
            self._faiss.remove_ids(faiss.IDSelectorBatch(gone))

    def outgrown(self, count: int) -> bool:
        """Whether the library, now with ``count`` passages, needs a new index."""
        return count > (OUTGROWN * self.mark.trained or EXACT)

    def save(self, path: Path, stamp: dict[str, str]) -> None:
        """Write the index, followed by a line that describes it, to a new file that then replaces the old one.

        A reader sees either the old file or the new one. Raises OSError.
        """
        import faiss

        descriptor, name = tempfile.mkstemp(prefix=PART, dir=path.parent)
        os.close(descriptor)
        _sweep(Path(name))
        try:
            try:
                faiss.write_index(self._faiss, name)
            except RuntimeError as error:
                raise OSError(errno.ENOSPC, f"{path.name} cannot be written, is the disk full?") from error
            with Path(name).open("r+b") as file:
                checksum = hashlib.file_digest(file, "sha256").hexdigest()
                about = {"format": MAGIC, **stamp, "mark": asdict(self.mark), "sha256": checksum}
                line = json.dumps(about).encode()
                file.write(line + len(line).to_bytes(4, "little"))
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    @classmethod
    def load(cls, path: Path | None, stamp: dict[str, str]) -> "VectorIndex | None":
        """The index in the file; None if it is missing, damaged, or belongs to another library or model."""
        import faiss

        found = _checked(path, stamp) if path else None
        if not isinstance(found, Mark):
            return None
        index = cls.__new__(cls)
        try:
            index._faiss = faiss.read_index(str(path))
        except RuntimeError:  # the file is whole, but another version of FAISS wrote it
            return None
        index.mark = found
        if found.trained:
            index._search_some()
        return index

    def _search_some(self) -> None:
        self._faiss.nprobe = max(FEWEST, round(SEARCHED * self._faiss.nlist))

    @staticmethod
    def peek(path: Path, stamp: dict[str, str]) -> Mark | None:
        """The mark of the index in a file, without reading the index; None if it cannot be used."""
        try:
            with path.open("rb") as file:
                return _mark(_about(file)[0], stamp)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @staticmethod
    def problem(path: Path, stamp: dict[str, str]) -> Fault | None:
        """Why the file cannot be used, or None. A missing file is not a fault, because the index is built again."""
        found = _checked(path, stamp)
        return Fault(f"{path.name}: {found}.", "rebuild") if isinstance(found, str) else None


def _sweep(ours: Path) -> None:
    """Remove the unfinished files of processes that were killed. ``ours`` is a new file in the same folder."""
    now = ours.stat().st_mtime
    for path in ours.parent.glob(f"{PART}*"):
        with contextlib.suppress(FileNotFoundError):  # another process has just renamed or removed it
            if now - path.stat().st_mtime > ABANDONED:
                path.unlink()


def centroids(count: int) -> int:
    """The number of lists for ``count`` passages: a power of two near twice the square root."""
    return int(2 ** round(np.log2(2 * max(count, 1) ** 0.5)))


def _checked(path: Path, stamp: dict[str, str]) -> Mark | str | None:
    """The mark of the index in the file, or what is wrong with it; None if there is no file."""
    try:
        with path.open("rb") as file:
            if file.read(len(BEFORE)) == BEFORE:
                return None
            about, size = _about(file)
            mark = _mark(about, stamp)
            if mark is None:
                return "made with another model, for another library or for another state of this one"
            file.seek(0)
            digest = hashlib.sha256()
            while size and (part := file.read(min(size, 1 << 20))):
                digest.update(part)
                size -= len(part)
            return mark if digest.hexdigest() == about["sha256"] else "damaged (its checksum does not match)"
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    except (ValueError, KeyError, TypeError):
        return "damaged, or not an index of Quoth"


def _about(file: Any) -> tuple[dict[str, Any], int]:
    """The description at the end of a file, and the number of bytes before it."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - 4, 0))
    length = int.from_bytes(file.read(4), "little")
    if not 0 < length <= min(size - 4, 10_000):
        raise ValueError("no description")
    file.seek(size - 4 - length)
    about = json.loads(file.read(length))
    if about["format"] != MAGIC:
        raise ValueError("another format")
    return about, size - 4 - length


def _mark(about: dict[str, Any], stamp: dict[str, str]) -> Mark | None:
    """The mark of an index; None if it is of another model or library, or was not saved by this state of the library.

    The last happens when the library's file is restored from a backup: the passage ids may now name other passages.
    """
    known = {key: value for key, value in stamp.items() if key != "saves"}
    same = {key: about.get(key) for key in known} == known
    return Mark(**about["mark"]) if same and about.get("saved", "") in (stamp.get("saves") or "").split(" ") else None
