"""Which paragraphs of a page do not belong to its article but lead to another: "READ MORE: ...", "Related: ..."."""

import re
from collections.abc import Iterable

from index.ingest.html.page_structure import Block
from index.text.normalize import comparison_key

_LABEL = re.compile(r"[^\W\d_][^:.!?|]{2,24}:\s")
_WORDS, _COLUMNS = 4, 24  # a shorter link is a name; columns (see ``Block``) where words are written without spaces
_LINKED = 0.95  # of the columns: quotation marks may stand outside of the link
_SENTENCE_END = re.compile(r"[.?!…。！？]\W*$")


def teasers(blocks: Iterable[Block]) -> frozenset[str]:
    """The ``comparison_key`` of each block that is a link from its first word, or its first after a label, to its last.

    Without a label it is a headline only if it does not end as a sentence does, for an article may cite what it links.
    """
    return frozenset(comparison_key(block.text) for block in blocks if _is_teaser(block))


def _is_teaser(block: Block) -> bool:
    label = _LABEL.match(block.text)
    link = block.text[label.end() :] if label else block.text
    before = block.size - block.linked
    label_size = len("".join(label[0].split())) if label else 0
    if before - label_size > (1 - _LINKED) * block.size or not _is_headline(link, block.linked):
        return False
    return label is not None or not _SENTENCE_END.search(link)


def _is_headline(text: str, columns: int) -> bool:
    return len(text.split()) >= _WORDS or (columns >= _COLUMNS and columns > 1.5 * len(text))
