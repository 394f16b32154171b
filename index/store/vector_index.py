"""The FAISS index over the passages of a library, and its file.

Up to ``EXACT`` passages every one is compared. Above, vectors are kept in 8 bits (scalar quantiser) in lists around
centroids, of which the nearest few are searched (inverted file: Jégou, Douze and Schmid 2011): a quarter of the memory,
and a time that grows with the root of their number. What is found is compared exactly afterwards (``search``);
``benchmarks/large.py`` measures what is lost.
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
BEFORE = b'{"format": "quoth-vectors-1"'  # how a file of an earlier version begins: it is made again, no harm done
PART = ".vectors-"  # how the name of a file begins that is being written
ABANDONED = 3600.0  # seconds without a write, after which nobody is at it any more
EXACT = 50_000  # passages up to which every one is compared
SEARCHED = 0.03  # of the lists
FEWEST = 80  # lists
OUTGROWN = 4  # times as many passages as when its centroids were found: they are found again
SAMPLE = 50  # vectors for each centroid, from which they are found
Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Mark:
    """What an index reflects: the library's change counter (-1: unknown), the highest passage id it has seen, and how
    many passages there were when its centroids were found (0: there are none)."""

    generation: int = -1
    newest: int = 0
    trained: int = 0


class VectorIndex:
    """Inner-product search over passage vectors (m, d), named by their passage ids, which only ever grow."""

    def __init__(self, dimension: int, sample: Vectors | None = None, count: int = 0) -> None:
        """With a ``sample`` of vectors, an index for ``count`` passages of their kind; else an exact one."""
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
        self._faiss.cp.min_points_per_centroid = 1  # it says on stderr what it would like better
        self._faiss.train(sample)
        self._search_some()
        self.mark = Mark(trained=count)

    def __len__(self) -> int:
        return int(self._faiss.ntotal)

    def nearest(self, vector: Vectors, k: int) -> list[int]:
        import faiss

        if not len(self):
            return []
        # One question is too little for several threads, which would wait for the next one by spinning.
        faiss.omp_set_num_threads(1)
        _, ids = self._faiss.search(vector[None, :], min(k, len(self)))
        return [int(i) for i in ids[0] if i >= 0]

    def add(self, ids: Ids, vectors: Vectors) -> None:
        self._faiss.add_with_ids(vectors, ids)

    def remove(self, spans: Sequence[tuple[int, int]]) -> None:
        """Drop the passages whose ids lie in one of the spans, both ends included."""
        import faiss

        if spans and len(self):
            gone = np.concatenate([np.arange(first, last + 1, dtype=np.int64) for first, last in spans])
            self._faiss.remove_ids(faiss.IDSelectorBatch(gone))

    def outgrown(self, count: int) -> bool:
        """Whether an index for ``count`` passages should be made again."""
        return count > (OUTGROWN * self.mark.trained or EXACT)

    def save(self, path: Path, stamp: dict[str, str]) -> None:
        """Write the index, and behind it what it is, to a new file and rename that over the old one: a reader sees
        one or the other."""
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
        """The index in the file, or None when it is missing, torn, or of another library or model."""
        import faiss

        found = _checked(path, stamp) if path else None
        if not isinstance(found, Mark):
            return None
        index = cls.__new__(cls)
        try:
            index._faiss = faiss.read_index(str(path))
        except RuntimeError:  # whole, but of a FAISS that writes otherwise
            return None
        index.mark = found
        if found.trained:
            index._search_some()
        return index

    def _search_some(self) -> None:
        self._faiss.nprobe = max(FEWEST, round(SEARCHED * self._faiss.nlist))

    @staticmethod
    def peek(path: Path, stamp: dict[str, str]) -> Mark | None:
        """What the index in a file reflects, its content unread; None when it cannot be used."""
        try:
            with path.open("rb") as file:
                return _mark(_about(file)[0], stamp)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @staticmethod
    def problem(path: Path, stamp: dict[str, str]) -> Fault | None:
        """Why the file cannot be used, or None. A missing file is not a problem: it is made again."""
        found = _checked(path, stamp)
        return Fault(f"{path.name}: {found}.", "rebuild") if isinstance(found, str) else None


def _sweep(ours: Path) -> None:
    """Remove what processes that were killed have left beside a new file of ours."""
    now = ours.stat().st_mtime
    for path in ours.parent.glob(f"{PART}*"):
        with contextlib.suppress(FileNotFoundError):  # just renamed, or swept by another
            if now - path.stat().st_mtime > ABANDONED:
                path.unlink()


def centroids(count: int) -> int:
    """How many lists for so many passages: about twice their root, a power of two."""
    return int(2 ** round(np.log2(2 * max(count, 1) ** 0.5)))


def _checked(path: Path, stamp: dict[str, str]) -> Mark | str | None:
    """What the index in the file reflects, or what is wrong with it; None when there is no file."""
    try:
        with path.open("rb") as file:
            if file.read(len(BEFORE)) == BEFORE:
                return None
            about, size = _about(file)
            mark = _mark(about, stamp)
            if mark is None:
                return "made by another model, for another library or for another state of it"
            file.seek(0)
            digest = hashlib.sha256()
            while size and (part := file.read(min(size, 1 << 20))):
                digest.update(part)
                size -= len(part)
            return mark if digest.hexdigest() == about["sha256"] else "torn (its checksum does not match)"
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    except (ValueError, KeyError, TypeError):
        return "not an index of ours, or torn"


def _about(file: Any) -> tuple[dict[str, Any], int]:
    """The line at a file's end, and how many bytes stand before it."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - 4, 0))
    length = int.from_bytes(file.read(4), "little")
    if not 0 < length <= min(size - 4, 10_000):
        raise ValueError("no line")
    file.seek(size - 4 - length)
    about = json.loads(file.read(length))
    if about["format"] != MAGIC:
        raise ValueError("another format")
    return about, size - 4 - length


def _mark(about: dict[str, Any], stamp: dict[str, str]) -> Mark | None:
    """None for the index of another model or library, or one that this library has not had written, as when its file
    was put back to an earlier state: its passage ids may name others by now."""
    known = {key: value for key, value in stamp.items() if key != "saves"}
    same = {key: about.get(key) for key in known} == known
    return Mark(**about["mark"]) if same and about.get("saved", "") in (stamp.get("saves") or "").split(" ") else None
