"""What is remembered of a conversation, for how long, and how much one reader may ask."""

from hypothesis import given
from hypothesis import strategies as st

from bot.state.conversations import FORGOTTEN, MOST, NONE, TURNS, Memory, Turns
from bot.telegram.updates.quota import MINUTE, Quota, Verdict

ME, YOU = (1, 0, 5), (1, 0, 6)


def turns(*questions: str, at: float = 0.0, last: int = 0) -> Turns:
    return Turns(questions, None, at, last)


def test_the_last_questions_are_remembered_for_a_while() -> None:
    memory = Memory()
    memory.keep([ME], turns("a", "b", "c", "d"))
    assert memory.before([ME], FORGOTTEN - 1).questions == ("b", "c", "d")[-TURNS:]
    assert memory.before([ME], FORGOTTEN) == NONE
    assert memory.before([YOU], 1.0) == NONE


def test_the_first_conversation_that_is_there_counts() -> None:
    memory = Memory()
    memory.keep([ME, (1, "said", 9)], turns("a"))
    memory.keep([YOU], turns("b"))
    assert memory.before([(1, "said", 9), YOU], 1.0).questions == ("a",)
    assert memory.before([(1, "said", 8), YOU], 1.0).questions == ("b",)


def test_a_question_asked_anew_is_not_its_own_past() -> None:
    memory = Memory()
    memory.keep([ME], turns("a", "b", last=7))
    assert memory.before([ME], 1.0, asked=7).questions == ("a",)
    assert memory.before([ME], 1.0, asked=8).questions == ("a", "b")


def test_a_choice_unlinks_what_readers_ask_on_there_and_not_what_was_said() -> None:
    memory = Memory()
    memory.keep([ME, (1, 7, 5), (1, "said", 9)], Turns(("a",), "x", 0.0, linked=True))
    memory.unlink(1, 0)
    assert [memory.before([name], 1.0).linked for name in (ME, (1, 7, 5), (1, "said", 9))] == [False, True, True]


def test_a_chat_can_be_forgotten() -> None:
    memory = Memory()
    memory.keep([ME, (2, 0, 5)], turns("a"))
    memory.forget(1)
    assert memory.before([ME], 1.0) == NONE
    assert memory.before([(2, 0, 5)], 1.0).questions == ("a",)


def test_it_does_not_grow_for_ever() -> None:
    memory = Memory()
    for n in range(MOST + 5):
        memory.keep([(n, 0, 0)], turns("a"))
    assert memory.before([(0, 0, 0)], 1.0) == NONE
    assert memory.before([(MOST + 4, 0, 0)], 1.0).questions == ("a",)
    memory.keep([ME], turns("a", at=FORGOTTEN + 1))
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


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 40))))
def test_what_other_readers_do_does_not_change_a_verdict(taken: list[tuple[int, float]]) -> None:
    """Those whose minute is over are dropped when others ask; alone, each must have got the same verdicts."""
    together, now = Quota(2), 0.0
    alone = {reader: Quota(2) for reader in range(4)}
    for reader, later in taken:
        now += later
        assert together.take(reader, now) is alone[reader].take(reader, now)


def test_what_was_asked_over_hours_is_within_the_limit_whenever_it_is_answered() -> None:
    """The moments are Telegram's; those of a message that is tried again come out of order."""
    quota = Quota(2)
    assert [quota.take(1, 3600.0 * hour) for hour in range(5)] == [Verdict.WELCOME] * 5
    assert quota.take(1, 3600.0 * 4 - 1) is Verdict.WELCOME
    assert quota.take(1, 3600.0 * 4 - 2) is Verdict.TOO_MANY
