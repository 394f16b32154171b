"""What is written down once a reply was sent: the reply, what it counts to, and that its update is finished."""

from bot.state.chats import Given, statements_to_remember
from bot.state.database import Database, Statement
from bot.state.stored_updates import StoredUpdates
from bot.state.tallies import Tally, statements_to_count, statements_to_vote


class ReplyLog:
    """Blocking; call it from a worker thread."""

    def __init__(self, database: Database, stored_updates: StoredUpdates) -> None:
        self._database = database
        self._stored_updates = stored_updates

    def record(self, given: Given, before: Given | None, tally: Tally | None, update_id: int) -> None:
        """All of it in one transaction, which is synced once: after a power cut all is known, or nothing.

        ``before`` is the reply that ``given`` takes the place of: a vote on other quotes is taken back.

        Raises:
            StoreError: nothing was written.
        """
        statements: list[Statement] = []
        if before is not None and before.vote and before.quotes != given.quotes:
            statements += statements_to_vote(given.place.chat, given.asked, 0)
        statements += statements_to_remember(given)
        if tally is not None:
            statements += statements_to_count(tally)
        statements += self._stored_updates.statements_to_finish(update_id)
        self._database.run_all(*statements)
