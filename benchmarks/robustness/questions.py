"""Asks questions through a failing Telegram. Used by ``benchmarks/robustness/__main__.py``.

Forty chats ask a real bot process through a Bot API server on this machine. Of its ``sendMessage`` calls, 5 % each get
a 429, a 500, a 502, a 504, a connection that breaks before the message is accepted, and one that breaks after that.
getUpdates fails too. By webhook, 5 % of the updates do not reach the bot, and 5 % are sent again although it accepted
them, also after a restart. During all this the bot is stopped (SIGTERM), killed (SIGKILL) and started again. The
questions that were never answered and those answered twice are counted. A bot cannot know that a message was accepted
if the connection breaks after that, or if it is killed at this moment; such double answers are counted separately.
"""

import random
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.speed.load import CHATS, FIRST_CHAT, stock
from tests.support import own_questions
from tests.support.bot_api import BotApi
from tests.support.process import Bot, free_port

SHARE = 0.05  # of the calls, for each kind of failure
FAULTS: dict[str, dict[str, Any]] = {
    "429": {"code": 429, "retry_after": 1},
    "500": {"code": 500},
    "502": {"code": 502},
    "504": {"code": 504},
    "dropped before": {"kind": "drop_before"},
    "dropped after": {"kind": "drop_after"},
}
CALLS = {"sendMessage": 1.0, "getUpdates": 0.1}  # about how many calls for each question; updates come in batches
DELIVERED: dict[str, dict[str, Any]] = {
    "dropped before": {"kind": "drop_before"},
    "dropped after": {"kind": "drop_after"},
}
RATE = 10.0  # questions a second
ENDS = 3  # how often the bot is stopped, and how often it is killed
PATIENCE = 300.0  # seconds to wait at the end for the remaining answers
Question = tuple[int, int]  # chat and message


def run(questions: int, seed: int, *, by_webhook: bool = False) -> tuple[bool, dict[str, Any]]:
    """Ask and print the results. Returns whether no question was lost or avoidably answered twice, and the figures."""
    chance = random.Random(seed)
    ends = dict(zip(chance.sample(range(50, questions - 50), 2 * ENDS), ["stop", "kill"] * ENDS, strict=True))
    met: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name, BotApi(privacy=False) as api:
        folder = Path(name)
        stock(folder, 0)
        settings = {"QUOTH_QUESTIONS_A_MINUTE": "1000"}
        if by_webhook:
            port = str(free_port())
            settings |= {"QUOTH_WEBHOOK_URL": f"http://127.0.0.1:{port}/hook", "QUOTH_WEBHOOK_PORT": port}
        bot = Bot(api, folder, **settings).__enter__()
        started = time.monotonic()
        asked: list[Question] = []
        texts = [entry["question"] for entry in own_questions.questions()]
        slowest_stop = 0.0
        for n in range(questions):
            time.sleep(max(0.0, started + n / RATE - time.monotonic()))
            for kind, fault in FAULTS.items():
                for method, calls in CALLS.items():
                    if chance.random() < SHARE * calls:
                        api.fail(method, **fault)
                        met[f"{method} {kind}"] += 1
            for kind, fault in DELIVERED.items() if by_webhook else ():
                if chance.random() < SHARE:
                    api.fail("the webhook", **fault)
                    met[f"the webhook {kind}"] += 1
            chat = FIRST_CHAT + n % CHATS
            if n in ends and by_webhook:  # updates accepted now are sent again and again, also to the next process
                api.fail("the webhook", kind="drop_after", times=50)
                met["the webhook over a restart"] += 1
            asked.append((chat, api.user_says(chat, texts[n % len(texts)])["message_id"]))
            if n in ends:
                time.sleep(chance.random() / 2)
                before = time.monotonic()
                if ends[n] == "stop":
                    bot.stop()
                    slowest_stop = max(slowest_stop, time.monotonic() - before)
                else:
                    bot.kill()
                met[ends[n]] += 1
                bot = Bot(api, folder, **settings).__enter__()
                started += time.monotonic() - before
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and len(_taken(api)[0] & set(asked)) < len(asked):
            time.sleep(1)
        bot.stop()
        return report(api, asked, met, slowest_stop)


def _taken(api: BotApi) -> tuple[set[Question], Counter[Question], set[Question]]:
    """The answered questions, their numbers of answers, and those with an accepted answer whose connection broke."""
    answers: Counter[Question] = Counter()
    unknown: set[Question] = set()
    for call in api.calls:
        if call.method == "sendMessage" and call.result and "reply_parameters" in call.params:
            parameters = call.params["reply_parameters"]
            question = int(call.params["chat_id"]), int(parameters["message_id"])
            answers[question] += 1
            if not call.ok:
                unknown.add(question)
    return set(answers), answers, unknown


def report(
    api: BotApi, asked: Sequence[Question], met: Counter[str], slowest_stop: float
) -> tuple[bool, dict[str, Any]]:
    answered, answers, unknown = _taken(api)
    twice = {question for question in asked if answers[question] > 1}
    print("faults: " + ", ".join(f"{kind} {count}" for kind, count in sorted(met.items())))
    print(f"{len(asked)} questions: answered {len(answered & set(asked))}, lost {len(set(asked) - answered)}")
    print(f"answered twice: {len(twice)}")
    print(f"  {len(twice & unknown)} where the connection broke after Telegram had taken the message")
    print(f"  {len(twice - unknown)} for another reason; a kill may double the message in flight")
    print(f"the slowest stop took {slowest_stop:.1f} s; broken rules of the Bot API: {len(api.violations)}")
    figures = {
        "questions": len(asked), "answered": len(answered & set(asked)), "lost": len(set(asked) - answered),
        "twice, nobody can know": len(twice & unknown), "twice": len(twice - unknown), "slowest stop": slowest_stop,
    }  # fmt: skip
    return set(asked) <= answered and len(twice - unknown) <= met["kill"] and not api.violations, figures
