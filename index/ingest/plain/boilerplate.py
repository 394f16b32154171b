"""What a page holds besides its article: menus, bylines, share bars, teasers, appeals, comments.

A pasted page has no tags, so its blocks (paragraphs) are judged by how they are built and by the company they keep, in
any language. Three steps:

1. Every block gets a score, the log-odds that it belongs to the article, from a logistic model over a few structural
   features; the article is the contiguous run of blocks with the greatest sum (maximum subsequence segmentation:
   Pasternack & Roth, "Extracting article text from the web with maximum subsequence segmentation", WWW 2009; features
   after Kohlschütter et al., "Boilerplate detection using shallow text features", WSDM 2010).
2. Step 1 is right about pages and would cut a recipe, an interview or a list of names that stands alone. What tells a
   page is its menu: a run of lines of a few words, without a number or a mark at the end, above or below the article.
   Where step 1 leaves out no such run, the text was cleaned by whoever pasted it, and everything stays.
3. An appeal to the reader is full prose, so step 1 cannot tell it from the article. But it turns to somebody, under a
   label ("Related:") or over a button: a report that never says "we" or "you" where it quotes nobody is over where a
   labelled tail begins that keeps saying them.

A short line inside the article becomes a heading, which is never quoted. When unsure a block stays: a lost sentence is
worse than a bit of boilerplate. ``benchmarks/quality/extraction.py`` measures both.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence

from index.text.direct_address import DirectAddress, direct_address

# Log-odds for each feature of ``features``; learnt by logistic regression on the blocks of 61 news pages and of their
# bare articles, cross-validated by page.
WEIGHTS = {
    "length": 6.33,  # logarithm of its length
    "sentences": -0.75,  # how many sentences end in it
    "ends": 1.34,  # whether it ends like a sentence
    "exclaims": 0.71,  # ... like a question or an exclamation
    "label": 0.91,  # whether it ends with a colon
    "commas": 0.34,  # commas a word
    "digits": 0.97,  # share of digits
    "cohesion": 1.28,  # share of its content words that other prose of the text has
    "prose_before": 2.75,  # prose in the three blocks before
    "prose_after": 2.07,  # ... and after it
}
INTERCEPT = -5.35  # one above what was learnt: a lost sentence is worse than a line of boilerplate
CLEAN_BONUS = 2.0  # added to every score of a text with few bare lines: somebody cleaned most of it
_BARE_SHARE = 0.4  # of the blocks: fewer are few
_LINE = 60  # code points: a block shorter than this that ends no sentence is a bare line
_MENU_ABOVE = 4  # items of a menu that follow each other: fewer may be the article's own
_MENU_BELOW = 10
PROSE = 120  # weighted code points from which a block with a sentence in it counts as prose

_WORD = re.compile(r"[^\W\d_]+")
_MENU_ITEM = re.compile(r"(?!.{40})[^\w@]*[^\W\d_]+(?:[^\w@]+[^\W\d_]+){0,3}[^\w@.!?…؟।。！？,،、，;；:：]*")
_WIDE = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_CLOSERS = "\"'”’“»)\\]」』"
_SENTENCE_END = re.compile(rf"[.!?…؟।][{_CLOSERS}]*(?=\s|$)|[。！？]")
_ENDS = re.compile(rf"[.!?…؟।。！？][{_CLOSERS}]*$")
_EXCLAIMS = re.compile(rf"[!?！？؟][{_CLOSERS}]*$")
_COMMA = re.compile("[,،、，;；]")


def article_blocks(
    blocks: Sequence[str],
    language: str = "und",
    weights: Sequence[float] = tuple(WEIGHTS.values()),
    intercept: float = INTERCEPT,
) -> range:
    """The run of blocks that is the article: indices into ``blocks``. All of them when none looks like an article.

    ``language`` is an ISO 639-1 code; step 3 needs it. ``weights`` and ``intercept`` are the model of step 1.
    """
    bare = sum(len(block) < _LINE and not _ENDS.search(block) for block in blocks)
    doubt = CLEAN_BONUS if bare < _BARE_SHARE * len(blocks) else 0.0
    scores = [
        intercept + doubt + sum(weight * value for weight, value in zip(weights, row, strict=True))
        for row in features(blocks)
    ]
    run = _best_run(scores)
    is_page = bool(run) and _leaves_out_a_menu(blocks, run)
    run = _without_appeal(blocks, run if is_page else range(len(blocks)), language, is_page=is_page)
    # A label that nothing follows ("Related:") names what was cut off.
    while len(run) > 1 and _is_label(blocks[run[-1]]):
        run = run[:-1]
    return run


def features(blocks: Sequence[str]) -> list[list[float]]:
    """One row a block, one number in [0, 1] a feature, in the order of ``WEIGHTS``."""
    words = [_WORD.findall(block) for block in blocks]
    sizes = [_size(block) for block in blocks]
    stems = [{word.lower()[:6] for word in found if len(word) > 3} for found in words]
    is_prose = [size >= PROSE and bool(_SENTENCE_END.search(block)) for size, block in zip(sizes, blocks, strict=True)]
    spread = Counter(stem for found, prose in zip(stems, is_prose, strict=True) if prose for stem in found)
    weight = [min(size / 200, 1.0) * bool(_ENDS.search(block)) for size, block in zip(sizes, blocks, strict=True)]
    rows = []
    for i, block in enumerate(blocks):
        count = max(len(words[i]), 1)
        elsewhere = sum(spread[stem] > is_prose[i] for stem in stems[i])
        rows.append(
            [
                min(math.log1p(sizes[i]) / 7, 1.0),
                min(len(_SENTENCE_END.findall(block)) / 4, 1.0),
                float(bool(_ENDS.search(block))),
                float(bool(_EXCLAIMS.search(block))),
                float(block.endswith((":", "："))),
                min(len(_COMMA.findall(block)) / count * 8, 1.0),
                min(sum(c.isdigit() for c in block) / max(len(block), 1) * 5, 1.0),
                elsewhere / max(len(stems[i]), 1),
                sum(weight[max(0, i - 3) : i]) / 3,
                sum(weight[i + 1 : i + 4]) / 3,
            ]
        )
    return rows


def _size(block: str) -> float:
    """Weighted code points: a syllable or an ideogram says as much as two or three letters."""
    return len(block) + 1.5 * len(_WIDE.findall(block))


def _best_run(scores: Sequence[float]) -> range:
    """The contiguous run with the greatest sum (Kadane); empty when every score is negative."""
    best, best_sum, start, total = range(0), 0.0, 0, 0.0
    for i, score in enumerate(scores):
        if total <= 0:
            start, total = i, 0.0
        total += score
        if total > best_sum:
            best, best_sum = range(start, i + 1), total
    return best


def _leaves_out_a_menu(blocks: Sequence[str], run: range) -> bool:
    """Whether what stands before or after ``run`` shows that this is a page and not just its article.

    A bare list may end an article, hardly ever begin one; and where there is little prose, the lists may be what the
    text is for: a timetable, a recipe.
    """
    above, below = _longest_menu(blocks[: run.start]), _longest_menu(blocks[run.stop :])
    scarce = sum(_size(blocks[i]) >= PROSE for i in run) < 2
    return above >= (_MENU_BELOW if scarce else _MENU_ABOVE) or below >= _MENU_BELOW


def _longest_menu(blocks: Sequence[str]) -> int:
    """The most items of a menu that follow each other: a few words, nothing counted, no mark at the end."""
    longest = length = 0
    for block in blocks:
        length = length + 1 if _MENU_ITEM.fullmatch(block) else 0
        longest = max(longest, length)
    return longest


def _without_appeal(blocks: Sequence[str], run: range, language: str, *, is_page: bool) -> range:
    """``run`` without a tail that turns to the reader while the rest never does.

    On a page an appeal ends in a button, anywhere it may stand under a label ("Related:"). Without them it is the
    author who turns to the reader, in a last section.
    """
    if tail := _turn([direct_address(blocks[i], language) for i in run]):
        first = len(run) - tail
        has_button = any(len(block) < _LINE for block in blocks[run.stop - 1 : run.stop + 1])
        if _is_label(blocks[run[first - 1]]) or (is_page and has_button):
            run = run[:first]
            # The line above an appeal is its heading, or a label of what stood between.
            while len(run) > 1 and not _ENDS.search(blocks[run[-1]]):
                run = run[:-1]
    return run


def _is_label(block: str) -> bool:
    return len(block) < _LINE and block.endswith((":", "："))


def _turn(counts: Sequence[DirectAddress]) -> int:
    """How many blocks at the end turn to the reader: the number that splits the two rates most clearly, or 0."""
    best, best_gain = 0, 0.0
    words, hits = sum(count.words for count in counts), sum(count.hits for count in counts)
    tail_words = tail_hits = 0
    for length, count in enumerate(reversed(counts[1:]), start=1):
        tail_words += count.words
        tail_hits += count.hits
        rest_words, rest_hits = words - tail_words, hits - tail_hits
        if tail_words > 0.75 * rest_words or not count.hits:
            continue
        if tail_hits >= 3 and tail_hits >= 0.04 * tail_words and rest_words >= 80 and rest_hits <= 0.004 * rest_words:
            gain = tail_hits * math.log(tail_hits / tail_words / ((hits + 1) / (words + 1)))
            if gain > best_gain:
                best, best_gain = length, gain
    return best
