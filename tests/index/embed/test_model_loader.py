"""A model is compiled once and then runs without sentence-transformers; its vectors stay the model's own."""

import errno
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index.embed import model_loader
from index.embed.background_sentences import background_sentences
from index.embed.bundled_models import Progress
from index.embed.embedder import Embedder, SentenceTransformerEmbedder, Vectors
from index.embed.model_loader import LazyEmbedder, load_embedder
from index.embed.onnx_embedder import OnnxEmbedder
from index.errors import ModelError
from tests.support.errors import of_kind

TEXTS = (
    "Who made the lens?",
    "The lighthouse keeper wrote a letter every evening, and nobody ever answered.",
    "Доглядач маяка щовечора писав листа.",
    "등대지기는 매일 저녁 편지를 썼다.",
    "¿Quién escribía una carta cada noche?",
    "In 1874, 312 ships — “all of them late” — reached the harbour; 7 % sank.",
    "a",
    "😀",
    "word " * 700,  # longer than the model reads
)


# The first five components of the reference when this test was written.
KNOWN = {
    "The lighthouse keeper wrote a letter every evening.": [0.034377, -0.036035, -0.039131, -0.033707, 0.093498],
    "Доглядач маяка щовечора писав листа.": [0.048614, -0.043381, -0.042859, -0.069267, 0.078247],
    "등대지기는 매일 저녁 편지를 썼다.": [0.058793, -0.047858, -0.008791, -0.049383, 0.122938],
}
ASKED = [0.043233, -0.068651, -0.056966, -0.010152, 0.093347]  # the first of them as a question


def cosines(one: Vectors, other: Vectors) -> Sequence[float]:
    lengths = np.linalg.norm(one, axis=-1) * np.linalg.norm(other, axis=-1)
    found: list[float] = ((one * other).sum(-1) / lengths).tolist()
    return found


@pytest.fixture(scope="module")
def reference() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder("multilingual")


@pytest.fixture(scope="module")
def compiled() -> Embedder:
    found = LazyEmbedder("multilingual").engine()
    assert isinstance(found, OnnxEmbedder)
    return found


# The default model


def test_the_reference_gives_the_vectors_that_were_recorded(reference: SentenceTransformerEmbedder) -> None:
    vectors = reference.passages(list(KNOWN))
    assert vectors.shape == (3, 384)
    assert vectors.dtype == np.float32
    assert vectors[:, :5] == pytest.approx(np.array(list(KNOWN.values())), abs=1e-4)
    assert reference.questions([next(iter(KNOWN))])[0, :5] == pytest.approx(np.array(ASKED), abs=1e-4)


@pytest.mark.parametrize("kind", ["passage_tokens", "question_tokens"])
def test_compiled_vectors_are_the_models_own(
    reference: SentenceTransformerEmbedder, compiled: Embedder, kind: str
) -> None:
    vectors, tokens = getattr(compiled, kind)(TEXTS)
    own_vectors, own_tokens = getattr(reference, kind)(TEXTS)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert min(cosines(vectors, own_vectors)) >= 0.98
    for mine, own, text in zip(tokens, own_tokens, TEXTS, strict=True):
        # At the end of a text the reference keeps a token for its last blank.
        assert len(own) - len(mine) in ({0} if text == text.strip() or len(text) > 1000 else {0, 1}), text
        assert np.mean(cosines(mine, own[: len(mine)])) >= 0.97, text


@pytest.mark.parametrize("kind", ["passage_tokens", "question_tokens"])
def test_no_token_of_a_text_is_lost_to_the_prompt(
    reference: SentenceTransformerEmbedder, compiled: Embedder, kind: str
) -> None:
    for embedder in (reference, compiled):
        tokens = getattr(embedder, kind)(["a", "Who made the lens?"])[1]
        assert [len(one) for one in tokens] == [1, 6]  # Who, made, the, len, s, ?


def test_the_names_agree(reference: SentenceTransformerEmbedder, compiled: Embedder) -> None:
    assert compiled.name == reference.name == LazyEmbedder("multilingual").name
    assert compiled.dimension == reference.dimension == 384


def test_a_text_has_the_same_vector_whatever_else_is_embedded(compiled: Embedder) -> None:
    together, tokens = compiled.passage_tokens(TEXTS)
    for n, text in enumerate(TEXTS):
        alone, own = compiled.passage_tokens([text])
        assert (alone[0] == together[n]).all()
        assert (own[0] == tokens[n]).all()


def test_the_cohort_is_kept_with_the_model(compiled: Embedder) -> None:
    assert compiled.background() == pytest.approx(compiled.passages(background_sentences()), abs=1e-6)


def test_a_question_needs_no_torch(tmp_path: Path) -> None:
    (tmp_path / "article.txt").write_text("The mill burned down in 1911. Its miller, Ada Quist, rebuilt it in stone.\n")
    script = (
        "import sys; from bot.cli.app import main\n"
        "sys.argv = ['quoth', 'ask', 'When did the mill burn down?', '--article', 'article.txt', '--json']\n"
        "main.__globals__['app'](standalone_mode=False)\n"
        "print([n for n in ('torch', 'transformers', 'sentence_transformers', 'onnx', 'telegram') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    answer, imported = done.stdout.strip().splitlines()
    assert json.loads(answer)["quotes"][0]["text"].startswith("The mill burned down in 1911.")
    assert imported == "[]"


# Any other model


def small_model(folder: Path) -> None:
    """A sentence-transformers folder: BERT of two layers, random weights, a vocabulary of single letters."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules.transformer import Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    vocabulary = {token: n for n, token in enumerate([*marks, *"abcdefghijklmnopqrstuvwxyz"])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", None, [("[CLS]", 2), ("[SEP]", 3)])
    bare = folder / "bare"
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=64, **names).save_pretrained(bare)
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    config = BertConfig(vocab_size=len(vocabulary), max_position_embeddings=64, **sizes)
    BertModel(config).save_pretrained(bare)
    transformer = Transformer(str(bare))
    pooling = Pooling(transformer.get_embedding_dimension(), "mean")
    SentenceTransformer(modules=[transformer, pooling], prompts={"query": "ask "}).save(str(folder / "whole"))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("model")
    small_model(folder)
    return str(folder / "whole")


def only(cache: Path) -> Path:
    """The one folder that a cache holds: nothing else was left there."""
    (folder,) = cache.iterdir()
    return folder


@pytest.fixture(scope="module")
def made(model: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[float]]:
    """The model's compiled folder and the shares that were told while it was made."""
    cache = tmp_path_factory.mktemp("cache")
    shares: list[float] = []
    load_embedder(model, cache, shares.append)
    return only(cache), shares


@pytest.fixture
def compiler(made: tuple[Path, list[float]], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """In the compiler's place: copies what was compiled before, and lists for which model."""
    called = []

    def copy(source: str, folder: Path, progress: Progress) -> None:
        called.append(source)
        shutil.copytree(made[0], folder, ignore=shutil.ignore_patterns("sizes.json"), dirs_exist_ok=True)

    monkeypatch.setattr(model_loader, "_run_compiler", copy)
    return called


def test_another_model_is_compiled(model: str, made: tuple[Path, list[float]]) -> None:
    folder, shares = made
    assert shares == sorted(shares)
    assert shares[-1] == 1
    found, reference = load_embedder(model, folder.parent), SentenceTransformerEmbedder(model)
    assert isinstance(found, OnnxEmbedder)
    texts = ["lens", "keeper of a light", "x" * 200]
    for mine, own in (
        (found.passage_tokens(texts), reference.passage_tokens(texts)),
        (found.question_tokens(texts), reference.question_tokens(texts)),
    ):
        assert min(cosines(mine[0], own[0])) >= 0.98
        assert [one.shape for one in mine[1]] == [one.shape for one in own[1]]
    assert found.name == model


def test_a_model_is_compiled_once(model: str, compiler: list[str], tmp_path: Path) -> None:
    first = load_embedder(model, tmp_path / "deep" / "cache")
    again = load_embedder(model, tmp_path / "deep" / "cache")
    assert compiler == [model]
    assert (first.questions(["abc"]) == again.questions(["abc"])).all()
    assert {path.stat().st_mode & 0o444 for path in only(tmp_path / "deep" / "cache").iterdir()} == {0o444}
    assert only(tmp_path / "deep" / "cache").is_dir()


@pytest.mark.parametrize("harm", ["weights", "model.onnx", "sizes.json", "all"])
def test_a_torn_folder_is_made_anew(model: str, compiler: list[str], tmp_path: Path, harm: str) -> None:
    before = load_embedder(model, tmp_path).questions(["abc"])
    folder = only(tmp_path)
    if harm == "all":
        shutil.rmtree(folder)
        folder.mkdir()
    else:
        (folder / harm).write_bytes((folder / harm).read_bytes()[:-10])
    assert (load_embedder(model, tmp_path).questions(["abc"]) == before).all()
    assert len(compiler) == 2
    assert only(tmp_path) == folder


def test_a_model_that_was_changed_is_compiled_anew(model: str, compiler: list[str], tmp_path: Path) -> None:
    shutil.copytree(model, tmp_path / "model")
    for _ in range(2):
        load_embedder(str(tmp_path / "model"), tmp_path / "cache")
        config = tmp_path / "model" / "config.json"
        config.write_text(config.read_text() + "\n")
    assert len(compiler) == len(list((tmp_path / "cache").iterdir())) == 2


def test_two_compile_the_same_model_at_once(
    model: str, made: tuple[Path, list[float]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = threading.Barrier(2, timeout=30)

    def both(source: str, folder: Path, progress: Progress) -> None:
        shutil.copytree(made[0], folder, ignore=shutil.ignore_patterns("sizes.json"), dirs_exist_ok=True)
        meeting.wait()  # each has its own whole copy before either can move it

    monkeypatch.setattr(model_loader, "_run_compiler", both)
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(lambda _: load_embedder(model, tmp_path).questions(["abc"]), range(2))
    assert (one == two).all()
    assert only(tmp_path).is_dir()


def test_what_cannot_be_compiled_runs_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer, models

    words = Tokenizer(models.WordLevel({"fox": 0, "sun": 1, "?": 2}, "?"))
    static = StaticEmbedding(words, embedding_weights=np.eye(3, dtype=np.float32))
    SentenceTransformer(modules=[static]).save(str(tmp_path / "static"))
    for _ in range(2):
        found = load_embedder(str(tmp_path / "static"), tmp_path / "cache")
        assert found.questions(["fox"]).tolist() == [[1, 0, 0]]
        assert re.search(r"static' cannot be compiled \(.+\)\. It runs on sentence-transformers", caplog.text)
        caplog.clear()
    assert (only(tmp_path / "cache") / "refused.txt").is_file()


def test_a_compiler_that_dies_is_not_the_end(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert isinstance(load_embedder(model, tmp_path), SentenceTransformerEmbedder)
    assert "the compiler stopped with status 1" in caplog.text
    assert list(tmp_path.iterdir()) == []  # the next start tries again


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    embedder = LazyEmbedder(str(tmp_path / "no-model"), cache=tmp_path / "cache")
    for _ in range(2):
        with pytest.raises(ModelError, check=of_kind("not_loadable")):
            embedder.passages(["text"])
    assert list((tmp_path / "cache").iterdir()) == []


def test_where_models_are_only_run_a_new_one_is_refused(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match="not prepared", check=of_kind("no_preparer")):
        load_embedder(model, tmp_path)


def test_a_cache_that_cannot_be_made(model: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, check=of_kind("no_room")):
        load_embedder(model, tmp_path / "file" / "cache")


def test_a_full_disk(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: str, folder: Path, progress: Progress) -> None:
        (folder / "weights").write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(model_loader, "_run_compiler", full)
    with pytest.raises(ModelError, match="No space left", check=of_kind("no_room")):
        load_embedder(model, tmp_path)
    assert list(tmp_path.iterdir()) == []
