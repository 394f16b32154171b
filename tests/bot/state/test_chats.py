"""What a chat is on, over a restart."""

import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.state.chats import KEPT, LONGEST, POSTS, ChatState, Given, Place, Said, statements_to_remember
from bot.state.database import Database
from index.errors import DamagedLibrary, StoreError
from index.models import Article, Quote

ARTICLE = Article("The mill turns at dawn. The miller sleeps until noon.", "The mill")
CHAT = Place(-1001234567890)
QUOTES = (Quote(ARTICLE, 24, 53, 1, 0.9, (24, 30)), Quote(ARTICLE, 0, 23, 1, 0.4))


def given(asked: int, quotes: tuple[Quote, ...], place: Place = CHAT, at: int = 1_000) -> Given:
    return Given(place, asked, (asked + 1,), ARTICLE.id, tuple(map(Said.of, quotes)), (), at)


def give(database: Database, given: Given) -> None:
    database.run_all(*statements_to_remember(given))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "not" / "yet")
    yield opened
    opened.close()


@pytest.fixture
def state(database: Database) -> ChatState:
    return ChatState(database)


class TestState:
    def test_a_new_chat_is_on_nothing(self, state: ChatState) -> None:
        assert state.chosen_article(CHAT) is None
        assert state.last_quotes(CHAT) == ()

    def test_each_topic_has_its_own_article(self, state: ChatState) -> None:
        state.choose(CHAT, "a" * 12)
        state.choose(Place(CHAT.chat, 7), "b" * 12)
        state.choose(Place(5), "c" * 12)
        assert state.chosen_article(CHAT) == "a" * 12
        assert state.chosen_article(Place(CHAT.chat, 7)) == "b" * 12
        assert state.chosen_article(Place(CHAT.chat, 8)) is None

    def test_the_last_choice_counts_and_can_be_taken_back(self, state: ChatState) -> None:
        for choice in ("a" * 12, "b" * 12, None):
            state.choose(CHAT, choice)
            assert state.chosen_article(CHAT) == choice

    def test_the_last_answer_is_kept_by_place_in_its_order(self, state: ChatState, database: Database) -> None:
        give(database, given(1, QUOTES[:1]))
        give(database, given(3, QUOTES))
        give(database, given(5, ()))
        assert state.last_quotes(CHAT) == (Said(ARTICLE.id, 24, 53, 1, (24, 30)), Said(ARTICLE.id, 0, 23, 1))
        assert state.last_quotes(Place(CHAT.chat, 1)) == ()

    def test_what_only_came_closest_is_known_as_such_and_is_no_answer(
        self, state: ChatState, database: Database
    ) -> None:
        give(database, given(1, QUOTES[:1]))
        give(database, replace(given(2, QUOTES[1:], at=1_001), hedged=True))
        found = [state.reply_to(CHAT.chat, asked) for asked in (1, 2)]
        assert [one and one.hedged for one in found] == [False, True]
        assert state.last_quotes(CHAT) == given(1, QUOTES[:1]).quotes
        give(database, given(2, QUOTES[1:], at=1_002))
        assert state.last_quotes(CHAT) == given(2, QUOTES[1:]).quotes

    @pytest.mark.parametrize("version", [0, 1])
    def test_answers_of_an_earlier_version_stay(self, tmp_path: Path, version: int) -> None:
        before = Database(tmp_path)
        give(before, given(1, QUOTES))
        before.run_all(("ALTER TABLE answers DROP COLUMN hedged",), (f"PRAGMA user_version = {version}",))
        before.close()
        for _ in range(2):
            opened = Database(tmp_path)
            assert ChatState(opened).reply_to(CHAT.chat, 1) == given(1, QUOTES)
            opened.close()

    def test_article_and_answer_do_not_overwrite_each_other(self, state: ChatState, database: Database) -> None:
        give(database, given(1, QUOTES))
        state.choose(CHAT, ARTICLE.id)
        assert len(state.last_quotes(CHAT)) == 2
        state.forget(CHAT.chat)
        assert state.chosen_article(CHAT) is None
        assert state.last_quotes(CHAT) == ()

    def test_a_reply_is_found_by_the_message_that_it_answers_in_its_chat_only(
        self, state: ChatState, database: Database
    ) -> None:
        give(database, given(7, QUOTES))
        assert state.reply_to(CHAT.chat, 7) == given(7, QUOTES)
        assert state.reply_to(CHAT.chat + 1, 7) is None
        give(database, given(7, QUOTES[:1], at=1_001))
        assert state.reply_to(CHAT.chat, 7) == given(7, QUOTES[:1], at=1_001)

    def test_replies_are_forgotten_after_a_month(self, state: ChatState, database: Database) -> None:
        give(database, given(1, QUOTES))
        give(database, given(3, QUOTES, at=1_000 + KEPT))
        assert state.reply_to(CHAT.chat, 1) is not None
        give(database, given(5, QUOTES, at=1_001 + KEPT))
        assert state.reply_to(CHAT.chat, 1) is None
        assert state.reply_to(CHAT.chat, 3) is not None

    def test_a_group_that_moves_keeps_its_articles(self, state: ChatState, database: Database) -> None:
        state.choose(CHAT, ARTICLE.id)
        give(database, given(1, QUOTES))
        state.move(CHAT.chat, -5)
        assert state.chosen_article(Place(-5)) == ARTICLE.id
        assert state.chosen_article(CHAT) is None
        assert state.reply_to(CHAT.chat, 1) is None
        assert state.knows_chat(-5)
        assert not state.knows_chat(CHAT.chat)

    def test_of_a_chat_s_posts_the_newest_are_kept(self, state: ChatState, database: Database) -> None:
        """Any stranger may have a channel."""
        state.choose(CHAT, ARTICLE.id)
        state.choose(Place(CHAT.chat, 1), ARTICLE.id)
        state.choose(Place(CHAT.chat, 2), None)
        state.choose(Place(5, 3), "https://a.example/of-another-chat")
        for thread in range(3, POSTS + 13):
            state.choose(Place(CHAT.chat, thread), f"https://a.example/{thread} https://b.example/")
        state.choose(Place(CHAT.chat, 4), "https://a.example/an-old-one-again")
        kept = database.run("SELECT thread FROM chats WHERE chat = ? ORDER BY thread", CHAT.chat)
        assert [row[0] for row in kept] == [0, 1, 2, *range(13, POSTS + 13)]
        assert state.chosen_article(Place(CHAT.chat, 13)) == "https://a.example/13 https://b.example/"
        assert state.chosen_article(CHAT) == state.chosen_article(Place(CHAT.chat, 1)) == ARTICLE.id
        assert state.knows_place(Place(5, 3))

    def test_an_address_without_end_is_left_out(self, state: ChatState) -> None:
        short, just, long = (f"https://a.example/{'x' * n}" for n in (1, LONGEST - 18, LONGEST - 17))
        assert (len(just), len(long)) == (LONGEST, LONGEST + 1)
        state.choose(CHAT, f"{short} {long} {just}")
        assert state.chosen_article(CHAT) == f"{short} {just}"
        state.choose(Place(CHAT.chat, 7), long)
        assert not state.knows_place(Place(CHAT.chat, 7))

    def test_it_outlives_the_process(self, tmp_path: Path) -> None:
        first = Database(tmp_path)
        ChatState(first).choose(CHAT, ARTICLE.id)
        give(first, given(1, QUOTES))
        second = Database(tmp_path)  # the first was never closed, as after a crash
        assert ChatState(second).chosen_article(CHAT) == ARTICLE.id
        assert len(ChatState(second).last_quotes(CHAT)) == 2
        second.close()
        first.close()

    def test_no_word_of_an_article_is_stored(self, state: ChatState, database: Database, tmp_path: Path) -> None:
        give(database, given(1, QUOTES))
        database.close()
        stored = b"".join(path.read_bytes() for path in tmp_path.rglob("bot.sqlite3*"))
        assert ARTICLE.id.encode() in stored
        assert b"miller" not in stored


class TestDatabase:
    def test_a_file_that_is_no_database_is_named_and_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "bot.sqlite3").write_bytes(b"not a database at all, but somebody's file" * 30)
        before = (tmp_path / "bot.sqlite3").read_bytes()
        with pytest.raises(DamagedLibrary, match=r"bot\.sqlite3 is damaged .*quoth restore"):
            Database(tmp_path)
        assert (tmp_path / "bot.sqlite3").read_bytes() == before

    def test_damage_that_sqlite_cannot_put_into_words_is_damage(self, tmp_path: Path) -> None:
        Database(tmp_path).close()
        path = tmp_path / "bot.sqlite3"
        data = path.read_bytes()
        path.write_bytes(data.replace(b"CREATE TABLE facts", b"CREATE TABLE \x82\xff\xfe s"))
        assert path.read_bytes() != data
        with pytest.raises(DamagedLibrary, match="quoth restore"):
            Database(tmp_path)

    def test_a_file_in_the_place_of_the_folder_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "data").write_text("")
        with pytest.raises(StoreError, match="data"):
            Database(tmp_path / "data")

    @pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
    def test_a_folder_that_cannot_be_written_is_named(self, tmp_path: Path) -> None:
        tmp_path.chmod(stat.S_IREAD | stat.S_IEXEC)
        with pytest.raises(StoreError, match="can be written"):
            Database(tmp_path)
        tmp_path.chmod(stat.S_IRWXU)
