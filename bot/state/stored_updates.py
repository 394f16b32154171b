"""Updates on disk, as the JSON that Telegram sent: from the moment they came until they are answered."""

import hashlib

from bot.state.database import Database, Statement

KEPT = 10_000  # answered updates that are remembered, by number and hash, to recognise a redelivery
TRIES = 10  # an update that was never finished in so many starts is given up: it may be what stops us


class StoredUpdates:
    """Blocking; call it from a worker thread. Raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._newest: int | None = None  # of those that came since the start

    def keep(self, update_id: int, body: str) -> bool:
        """Write an update down; False when it is there already, answered or not."""
        digest = hashlib.sha256(body.encode()).hexdigest()
        # The same number with another content is another update: Telegram may start over after a quiet week.
        added = self._database.run(
            "INSERT INTO updates (id, digest, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE"
            " SET digest = excluded.digest, body = excluded.body, tries = 0 WHERE digest != excluded.digest"
            " RETURNING id",
            update_id, digest, body,
        )  # fmt: skip
        if added:
            self._newest = update_id
        return bool(added)

    def done(self, update_id: int) -> None:
        """Strike an update out: its content is deleted."""
        self._database.run_all(*self.statements_to_finish(update_id))

    def statements_to_finish(self, update_id: int) -> list[Statement]:
        """Those of ``done``, for a transaction that writes more than that."""
        statements: list[Statement] = [("UPDATE updates SET body = NULL WHERE id = ?", update_id)]
        if self._newest is not None:
            # Not the highest one: after a quiet week Telegram begins again, at any number.
            forget = "DELETE FROM updates WHERE body IS NULL AND (id <= ? OR id >= ?)"
            statements.append((forget, self._newest - KEPT, self._newest + KEPT))
        return statements

    def waiting(self) -> int:
        """How many are written down and not answered."""
        return int(str(self._database.run("SELECT count(*) FROM updates WHERE body IS NOT NULL")[0][0]))

    def begin_again(self) -> int:
        """After a start: count a try of each that was not answered, and give up those that were tried too often; how
        many these are."""
        self._database.run("UPDATE updates SET tries = tries + 1 WHERE body IS NOT NULL")
        return len(self._database.run("UPDATE updates SET body = NULL WHERE tries > ? RETURNING id", TRIES))

    def pending(self) -> list[tuple[int, str]]:
        """Number and JSON of what was written down and never answered, in order."""
        rows = self._database.run("SELECT id, body FROM updates WHERE body IS NOT NULL ORDER BY id")
        return [(int(str(number)), str(body)) for number, body in rows]

    def rest(self) -> None:
        """The bot stops in order: that what is left was not finished is no fault of its own."""
        self._database.run("UPDATE updates SET tries = tries - 1 WHERE body IS NOT NULL AND tries > 0")
