"""Records a reply after it was sent: the reply itself, the statistics, and that its update is finished."""

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
        """Record everything in one transaction with one sync. After a power cut, all of it is there or nothing.

        ``before`` is the reply that ``given`` replaces. If its quotes were others, its vote is taken back.

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
