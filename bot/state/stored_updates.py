"""Updates on disk, as the JSON that Telegram sent, from their arrival until they are answered."""

import hashlib

from bot.state.database import Database, Statement

KEPT = 10_000  # answered updates that are remembered, by number and hash, to recognise a redelivery
TRIES = 10  # starts after which an unfinished update is given up, because it may be what stops the bot


class StoredUpdates:
    """Blocking; call it from a worker thread. Raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._newest: int | None = None  # of those that came since the start

    def keep(self, update_id: int, body: str) -> bool:
        """Store an update. False if it is stored already, answered or not."""
        digest = hashlib.sha256(body.encode()).hexdigest()
        # The same number with other content is another update: after a quiet week, Telegram may start at any number.
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
        """Mark an update as finished, and delete its content."""
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
        """How many stored updates are not answered."""
        return int(str(self._database.run("SELECT count(*) FROM updates WHERE body IS NOT NULL")[0][0]))

    def begin_again(self) -> int:
        """After a start: count one more try for each update that was not answered, and give up those with too many.
        Returns how many were given up."""
        self._database.run("UPDATE updates SET tries = tries + 1 WHERE body IS NOT NULL")
        return len(self._database.run("UPDATE updates SET body = NULL WHERE tries > ? RETURNING id", TRIES))

    def pending(self) -> list[tuple[int, str]]:
        """Number and JSON of each stored update that was not answered, in order."""
        rows = self._database.run("SELECT id, body FROM updates WHERE body IS NOT NULL ORDER BY id")
        return [(int(str(number)), str(body)) for number, body in rows]

    def rest(self) -> None:
        """Before an orderly stop: take this start's try back, because the stop is why an update is unfinished."""
        self._database.run("UPDATE updates SET tries = tries - 1 WHERE body IS NOT NULL AND tries > 0")
