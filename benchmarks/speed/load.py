"""Measure the bot under load: python -m benchmarks.speed.load [--seconds 60] [--rate 30] [--while-adding 2000]

Forty chats ask a real bot process our own questions through a Bot API server on this machine, together as many a second
as Telegram lets a bot answer. Measured are the time from the update to the ``sendMessage`` with the answer, the lost
questions, and how long the bot's event loop was blocked. With ``--while-adding N``, ``quoth add`` indexes N articles at
the same time.
"""

import argparse
import asyncio
import contextlib
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypedDict

from benchmarks.results import keep
from benchmarks.speed.made_up import made_up
from benchmarks.speed.timing import at
from tests.support import own_questions
from tests.support.bot_api import BotApi
from tests.support.process import environment

SHORTEST = 40  # seconds: the figures of a shorter run are not kept
RATE = 30  # a second: nor those of another rate
CHATS = 40
FIRST_CHAT = 5_000_000
TICK = 0.005  # seconds between two checks of the event loop


class Seen(TypedDict):
    """Measured in the bot's process: the delays of its event loop in seconds, sorted; seconds of CPU time; the highest
    memory in megabytes."""

    lags: list[float]
    cpu: float
    resident: float


def monitored(folder: Path) -> None:
    """Run the bot as ``quoth run`` does, with a task that records the delays of the event loop."""
    import bot.telegram.app
    from bot.cli.app import app

    build = bot.telegram.app.build_application
    lags: list[float] = []

    async def watch() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(TICK)
            lags.append(time.perf_counter() - before - TICK)

    def built(*arguments: object) -> object:
        application = build(*arguments)  # type: ignore[arg-type]
        prepare = application.post_init

        async def prepared(this: object) -> None:
            await prepare(this)  # type: ignore[misc, arg-type]
            # Only from here on there are readers who would have to wait.
            application.bot_data["watch"] = asyncio.create_task(watch())

        application.post_init = prepared
        return application

    bot.telegram.app.build_application = built  # type: ignore[assignment]
    try:
        app(["run", "--data", str(folder)], standalone_mode=False)
    finally:
        used = resource.getrusage(resource.RUSAGE_SELF)
        seen: Seen = {"lags": sorted(lags), "cpu": used.ru_utime + used.ru_stime, "resident": used.ru_maxrss / 1024}
        (folder / "seen.json").write_text(json.dumps(seen))


@contextlib.contextmanager
def adding(folder: Path, count: int) -> Iterator[None]:
    """A context in which ``quoth add`` indexes ``count`` articles. It need not finish before the end."""
    sources = folder / "sources"
    sources.mkdir()
    for seed in range(1000, 1000 + count):
        (sources / f"{seed}.txt").write_text(made_up(seed).text)
    if not count:
        yield
        return
    command = [sys.executable, "-m", "bot", "add", "--json", "--data", str(folder)]
    command += [str(path) for path in sorted(sources.iterdir())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.readline()  # after the first article the model is loaded
        started = time.monotonic()
        try:
            yield
        finally:
            ended = process.poll() is not None
            process.terminate()
            done = len(process.stdout.readlines())
            seconds = time.monotonic() - started
            print(f"meanwhile {done} articles were added in {seconds:.0f} s{', all of them' if ended else ''}")


def ask_all(api: BotApi, seconds: float, rate: float) -> dict[tuple[int, int], float]:
    """Ask the questions. Returns the time of each by its chat and message."""
    sent: dict[tuple[int, int], float] = {}
    asked = [entry["question"] for entry in own_questions.questions()]
    started = time.monotonic()
    for n in range(int(seconds * rate)):
        if (early := started + n / rate - time.monotonic()) > 0:
            time.sleep(early)
        chat = FIRST_CHAT + n % CHATS
        at = time.monotonic()
        message = api.user_says(chat, asked[n % len(asked)])
        sent[chat, message["message_id"]] = at
    return sent


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--articles", type=int, default=30, help="that nobody asks about, beside the ten")
    parser.add_argument("--while-adding", type=int, default=0)
    parser.add_argument("--monitored", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.monitored:
        monitored(options.monitored)
        return
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as name, BotApi(privacy=False) as api:
        folder = Path(name)
        stock(folder, options.articles)
        command = [sys.executable, "-m", "benchmarks.speed.load", "--monitored", str(folder)]
        started = time.monotonic()
        with subprocess.Popen(
            command, env=environment(api, QUOTH_QUESTIONS_A_MINUTE="1000"), stderr=subprocess.PIPE
        ) as process:
            api.wait_for("setMyCommands", timeout=120)
            ready = time.monotonic() - started
            with adding(folder, options.while_adding):
                sent = ask_all(api, options.seconds, options.rate)
                with contextlib.suppress(AssertionError):
                    api.wait_for("sendMessage", len(sent), timeout=30)
            process.terminate()
            process.wait(60)
        figures = report(api, sent, ready, json.loads((folder / "seen.json").read_text()))
    if options.seconds >= SHORTEST and options.rate == RATE:
        keep("load-while-adding" if options.while_adding else "load", figures)


def stock(folder: Path, count: int) -> None:
    from index.embed.model_loader import LazyEmbedder
    from index.library import Library

    with Library.open(folder, LazyEmbedder("multilingual")) as library:
        for article in (*own_questions.articles().values(), *(made_up(seed) for seed in range(count))):
            library.add(article)
        library.save_index()


def report(api: BotApi, sent: dict[tuple[int, int], float], ready: float, seen: Seen) -> dict[str, float]:
    """Print and return the figures, in milliseconds and megabytes."""
    answered: dict[tuple[int, int], float] = {}
    twice = 0
    for call in api.calls:
        if call.method == "sendMessage" and call.ok and "reply_parameters" in call.params:
            question = call.params["chat_id"], call.params["reply_parameters"]["message_id"]
            twice += question in answered
            answered.setdefault(question, call.at)
    times = sorted((answered[question] - at) * 1000 for question, at in sent.items() if question in answered)
    seconds = max(answered.values()) - min(sent.values())
    print(f"ready after {ready:.1f} s; {len(sent)} questions from {CHATS} chats in {seconds:.1f} s")
    print(f"lost: {len(sent) - len(times)}, answered twice: {twice}; answers a second: {len(times) / seconds:.1f}")
    print("from update to sendMessage: " + ", ".join(f"{n} {at(times, p):.0f} ms" for n, p in QUANTILES))
    lags = seen["lags"]
    print("event loop kept waiting: " + ", ".join(f"{n} {at(lags, p) * 1000:.0f} ms" for n, p in QUANTILES))
    print(f"CPU a question: {seen['cpu'] / len(sent) * 1000:.0f} ms; memory, highest: {seen['resident']:.0f} MB")
    return {
        "questions": len(sent), "lost": len(sent) - len(times), "twice": twice, "median": at(times, 0.5),
        "p95": at(times, 0.95), "longest wait": at(lags, 1.0) * 1000, "resident": seen["resident"],
    }  # fmt: skip


QUANTILES = (("median", 0.5), ("p95", 0.95), ("p99", 0.99), ("longest", 1.0))


if __name__ == "__main__":
    main()
