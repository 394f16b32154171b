"""What is remembered of a conversation, for how long, and how much one reader may ask."""

from bot.memory import FORGOTTEN, MOST, TURNS, Memory
from bot.quota import MINUTE, Quota, Verdict

ME, YOU = (1, 0, 5), (1, 0, 6)


def test_the_last_questions_are_remembered_for_a_while() -> None:
    memory = Memory()
    memory.keep([ME], ("a", "b", "c", "d"), None, 0.0)
    assert memory.before([ME], None, FORGOTTEN - 1) == ("b", "c", "d")[-TURNS:]
    assert memory.before([ME], None, FORGOTTEN) == ()
    assert memory.before([YOU], None, 1.0) == ()


def test_the_first_conversation_that_is_there_counts() -> None:
    memory = Memory()
    memory.keep([ME, (1, "said", 9)], ("a",), None, 0.0)
    memory.keep([YOU], ("b",), None, 0.0)
    assert memory.before([(1, "said", 9), YOU], None, 1.0) == ("a",)
    assert memory.before([(1, "said", 8), YOU], None, 1.0) == ("b",)


def test_another_article_is_another_subject() -> None:
    memory = Memory()
    memory.keep([ME], ("a",), "x", 0.0)
    assert memory.before([ME], "x", 1.0) == ("a",)
    assert memory.before([ME], "y", 1.0) == ()
    assert memory.before([ME], None, 1.0) == ()


def test_a_chat_can_be_forgotten() -> None:
    memory = Memory()
    memory.keep([ME, (2, 0, 5)], ("a",), None, 0.0)
    memory.forget(1)
    assert memory.before([ME], None, 1.0) == ()
    assert memory.before([(2, 0, 5)], None, 1.0) == ("a",)


def test_it_does_not_grow_for_ever() -> None:
    memory = Memory()
    for n in range(MOST + 5):
        memory.keep([(n, 0, 0)], ("a",), None, 0.0)
    assert memory.before([(0, 0, 0)], None, 1.0) == ()
    assert memory.before([(MOST + 4, 0, 0)], None, 1.0) == ("a",)
    memory.keep([ME], ("a",), None, FORGOTTEN + 1)
    assert len(memory._turns) == 1


def test_a_reader_is_told_once_and_ignored_until_there_is_room() -> None:
    quota = Quota(3)
    assert [quota.take(1, t) for t in (0.0, 1.0, 2.0, 3.0, 4.0, 59.0)] == [
        *[Verdict.WELCOME] * 3, Verdict.TOO_MANY, Verdict.IGNORED, Verdict.IGNORED,
    ]  # fmt: skip
    assert quota.take(2, 3.0) is Verdict.WELCOME
    assert quota.take(1, MINUTE) is Verdict.WELCOME
    assert quota.take(1, MINUTE + 0.5) is Verdict.IGNORED
    assert [quota.take(1, t) for t in (200.0, 201.0, 202.0, 203.0, 204.0)] == [
        *[Verdict.WELCOME] * 3, Verdict.TOO_MANY, Verdict.IGNORED,
    ]  # fmt: skip
