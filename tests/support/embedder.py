"""Small embedders: one of hashed, stemmed words, near where words are shared; and a real one, untrained."""

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index.embed.background_sentences import background_sentences
from index.embed.embedder import Vectors
from index.errors import ModelError
from index.text.terms import terms

COMMON = frozenset(
    ("a an and at be by do for from he her his how i in is it of on or she that the they to was what when where which "
     "who why will with").split()
)  # fmt: skip


class WordEmbedder:
    """Vectors of length 1 and dimension 256; ``name`` can be changed to play another model."""

    def __init__(self, name: str = "words") -> None:
        self.name = name
        self.dimension = 256

    def passages(self, texts: Sequence[str]) -> Vectors:
        vectors = np.full((len(texts), self.dimension), 1e-3, np.float32)
        for row, text in enumerate(texts):
            for term in terms(text, "en"):
                vectors[row, zlib.crc32(term.encode()) % self.dimension] += 0.1 if term in COMMON else 1.0
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    def questions(self, texts: Sequence[str]) -> Vectors:
        return self.passages(texts)

    def passage_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[Vectors]]:
        """Each word is a token."""
        return self.passages(texts), [self.passages(text.split()) for text in texts]

    def question_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[Vectors]]:
        return self.passage_tokens(texts)

    def background(self) -> Vectors:
        return self.passages(background_sentences())


class CountingEmbedder(WordEmbedder):
    """Notes what it was asked to embed."""

    def __init__(self, name: str = "words") -> None:
        super().__init__(name)
        self.asked: list[str] = []

    def passages(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return super().passages(texts)


class BrokenEmbedder(WordEmbedder):
    def passages(self, texts: Sequence[str]) -> Vectors:
        raise ModelError("The model cannot be loaded.")


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
    wrapped: Any = PreTrainedTokenizerFast
    wrapped(tokenizer_object=tokenizer, model_max_length=64, **names).save_pretrained(bare)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary), max_position_embeddings=64, hidden_size=32, num_hidden_layers=2,
        num_attention_heads=2, intermediate_size=64,
    )  # fmt: skip
    BertModel(config).save_pretrained(bare)
    transformer = Transformer(str(bare))
    pooling = Pooling(transformer.get_embedding_dimension(), "mean")
    SentenceTransformer(modules=[transformer, pooling], prompts={"query": "ask "}).save(str(folder / "whole"))
