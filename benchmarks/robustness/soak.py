"""Measures what a bot uses while it answers very many questions. Used by ``benchmarks/robustness/__main__.py``.

Twenty thousand readers and five hundred groups ask a real bot process through a Bot API server on this machine, nearly
as many questions a second as Telegram lets a bot answer. Some have an answer, some do not, and no two are worded alike.
After every twentieth comes something else: an edit, a vote, an inline query or /sources. At the same time an owner
sends one article after another, and another process removes the oldest.

After each hundredth of the questions these are measured from outside: the memory, threads and open files of the
process, the tasks of its event loop (by ``/metrics``), and the times of the last answers. The first fifth is not
counted, because everything with a limit (conversations, quotas, caches) still fills up. To see that nothing grows, the
maximum of the rest of the first half is compared with the maximum of the second half.
"""

import json
import random
import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from benchmarks.speed.load import stock
from benchmarks.speed.made_up import made_up
from index.embed.model_loader import LazyEmbedder
from index.library import Library
from tests.support import own_questions
from tests.support.bot_api import BotApi, Call
from tests.support.process import Bot, free_port

RATE = 26.0  # questions a second; together with everything else this is below Telegram's thirty messages
READERS, FIRST_READER = 20_000, 5_000_000
GROUPS, FIRST_GROUP = 500, -1_009_000_000_000
SHARE_OF_GROUPS = 0.2
OWNER = 4_000_000
EACH = 20  # one question in this many is followed by something else
ARTICLES = 100  # articles that are added and removed in a run, one after each measurement
PATIENCE = 120.0  # seconds to wait at the end for the remaining answers
FLAT = 1.05


@dataclass(frozen=True, slots=True)
class Look:
    """One measurement: megabytes of memory, in all and without mapped files; threads, open files, tasks and waiting
    updates; median and 99th percentile of the milliseconds to an answer since the last measurement; megabytes of the
    data folder."""

    asked: int
    memory: float
    own: float
    threads: int
    files: int
    tasks: int
    waiting: int
    median: float
    slow: float
    disk: float


class Asked:
    """Keeps which questions were asked when, and which have been answered."""

    def __init__(self, api: BotApi) -> None:
        self._api = api
        self._seen = 0
        self.waiting: dict[tuple[int, int], float] = {}
        self._answered: set[tuple[int, int]] = set()
        self.count = self.twice = 0
        self.last = Call("", {})

    def ask(self, chat: int, text: str, user: int | None = None) -> None:
        at = time.monotonic()
        message = self._api.user_says(chat, text, user=user)
        self.waiting[chat, message["message_id"]] = at
        self.count += 1

    def look(self) -> list[float]:
        """The milliseconds that the answers since the last call took."""
        times = []
        calls = self._api.calls[self._seen :]
        self._seen += len(calls)
        for call in calls:
            if call.method == "sendMessage" and call.ok and "reply_parameters" in call.params:
                question = call.params["chat_id"], call.params["reply_parameters"]["message_id"]
                self.last = call
                if question in self.waiting:
                    times.append((call.at - self.waiting.pop(question)) * 1000)
                    self._answered.add(question)
                elif question in self._answered:
                    self.twice += 1
        return sorted(times)


def run(questions: int, seed: int) -> tuple[bool, dict[str, Any]]:
    """Ask and print a table. Returns whether all questions were answered exactly once and nothing grew (memory, files,
    tasks), and the figures."""
    chance = random.Random(seed)
    texts = [entry["question"] for entry in own_questions.questions()]
    with tempfile.TemporaryDirectory() as name, BotApi(privacy=False) as api:
        folder, port = Path(name), free_port()
        stock(folder, 30)
        settings = {"QUOTH_METRICS_PORT": str(port), "QUOTH_OWNER_IDS": f"[{OWNER}]"}
        with (
            Bot(api, folder, QUOTH_QUESTIONS_A_MINUTE="1000", **settings) as bot,
            Library.open(folder, LazyEmbedder("multilingual")) as library,
        ):
            asked, looks, every = Asked(api), [], max(questions // ARTICLES, 1)
            others = 0
            started = time.monotonic()
            print("|" + "|".join(field.name for field in fields(Look)) + "|")
            print("|---:" * len(fields(Look)) + "|", flush=True)
            for n in range(1, questions + 1):
                time.sleep(max(0.0, started + n / RATE - time.monotonic()))
                # A different text each time, so that a cache by text would be seen to grow.
                text = f"{chance.choice(texts)[:-1]}, {chance.randrange(10**6)}?"
                if chance.random() < SHARE_OF_GROUPS:
                    group = FIRST_GROUP - chance.randrange(GROUPS)
                    asked.ask(group, f"@{api.username} {text}", user=FIRST_READER + chance.randrange(READERS))
                else:
                    asked.ask(FIRST_READER + chance.randrange(READERS), text)
                if n % EACH == 0:
                    others += 1
                    _something_else(api, asked, others)
                if n % every == 0:
                    times = asked.look()
                    looks.append(_look(n, bot.process.pid, port, folder, times, len(asked.waiting)))
                    print(_row(looks[-1]), flush=True)
                    _change(api, library, n)
            deadline = time.monotonic() + PATIENCE
            while asked.waiting and time.monotonic() < deadline:
                time.sleep(1)
                asked.look()
            log = len(bot.log.encode()) / 1e6
        return report(asked, looks, log, api.violations)


def _something_else(api: BotApi, asked: Asked, n: int) -> None:
    """Do one of the other things that readers do."""
    call = asked.last
    chat = int(call.params.get("chat_id", FIRST_READER))
    kind = n % 4
    if kind == 0:
        asked.ask(chat, f"/sources@{api.username}", user=FIRST_READER)
    elif kind == 1:
        api.inline(f"Who made the lens {n}?", user=FIRST_READER + n % READERS)
    elif isinstance(call.result, dict):
        buttons = [one for row in call.result.get("reply_markup", {}).get("inline_keyboard", []) for one in row]
        pressed = [one["callback_data"] for one in buttons if "callback_data" in one]
        question = call.params["reply_parameters"]["message_id"]
        if kind == 2 and pressed:
            # Not ``press``, because the message may have other buttons by now; a real client may not know that yet.
            api.forge(call.result, pressed[n // 4 % len(pressed)], user=FIRST_READER)
        elif kind == 3:
            said = next(one for one in api.messages(chat) if one["message_id"] == question)
            api.edit(said, f"{said.get('text', '?')[:-1]} then?")


def _change(api: BotApi, library: Library, n: int) -> None:
    """Add an article through the bot, and remove one in this process."""
    new = made_up(1000 + n)
    api.user_sends(OWNER, document=api.document(f"{n}.txt", f"{new.title}\n\n{new.text}".encode()))
    made = [one.id for one in library.articles() if one.title.startswith("Notes from the harbour")]
    if len(made) > 30:
        library.remove(made[-1])


def _look(asked: int, process: int, port: int, folder: Path, times: Sequence[float], waiting: int) -> Look:
    status = Path(f"/proc/{process}/status").read_text()
    numbers = {name: int(number) for name, number in re.findall(r"(\w+):\s+(\d+)", status)}
    with urlopen(f"http://127.0.0.1:{port}/metrics") as response:
        tasks = re.search(r"^quoth_tasks ([\d.]+)", response.read().decode(), re.MULTILINE)
    assert tasks, "the bot counts its tasks"
    return Look(
        asked,
        numbers["VmRSS"] / 1024,
        numbers["RssAnon"] / 1024,
        numbers["Threads"],
        len(list(Path(f"/proc/{process}/fd").iterdir())),
        int(float(tasks[1])),
        waiting,
        times[len(times) // 2] if times else 0.0,
        times[len(times) * 99 // 100] if times else 0.0,
        sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.name != "bot.log") / 1e6,
    )


def _row(look: Look) -> str:
    return "|" + "|".join(f"{value:.1f}" if isinstance(value, float) else str(value) for value in astuple(look)) + "|"


def report(asked: Asked, looks: Sequence[Look], log: float, violations: Sequence[str]) -> tuple[bool, dict[str, Any]]:
    early, late = looks[len(looks) // 5 : len(looks) // 2], looks[len(looks) // 2 :]
    memory = max(look.memory for look in early), max(look.memory for look in late)
    growth = memory[1] / memory[0]
    files = max(look.files for look in early), max(look.files for look in late)
    tasks = max(look.tasks for look in early), max(look.tasks for look in late)
    print(f"\n{asked.count} questions: not answered {len(asked.waiting)}, answered twice {asked.twice}")
    print(f"memory, the highest of the second half against that of the second fifth to the half: {growth:.3f} times")
    print(f"open files at most {files[0]}, then {files[1]}; tasks at most {tasks[0]}, then {tasks[1]}")
    print(f"the log: {log:.1f} MB on stderr; broken rules of the Bot API: {json.dumps(list(violations)[:3])}")
    flat = growth <= FLAT and files[1] <= files[0] + 5 and tasks[1] <= tasks[0] + 10
    figures = {
        "questions": asked.count, "not answered": len(asked.waiting), "twice": asked.twice, "memory": memory,
        "growth": growth, "files": files, "tasks": tasks,
    }  # fmt: skip
    return flat and not asked.waiting and not violations, figures
