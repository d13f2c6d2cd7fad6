"""The official IFEval prompts, real answers to them, seeded mutations of those, and lm-eval's checker as an oracle.

The data lies in $SFTEVAL_DATA, by default ../shared/data. lm-eval fetches nltk's punkt data when it is imported; here
it must not. Its language detection is unseeded as published; the oracle's is seeded.
"""

import contextlib
import gzip
import io
import json
import os
import random
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from sfteval.types import Message, Sample, Task

DATA = Path(os.environ.get("SFTEVAL_DATA", Path(__file__).parents[4] / "shared" / "data"))
PROMPTS = DATA / "ifeval" / "input_data.jsonl"
RESPONSES = DATA / "ifeval" / "responses_gpt4_2023-11.jsonl.gz"
VECTORS = DATA / "ifeval" / "edge_vectors.jsonl"

Row = dict[str, Any]


def prompts() -> list[Row]:
    return [json.loads(line) for line in PROMPTS.read_text(encoding="utf-8").splitlines()]


def responses() -> dict[str, str]:
    with gzip.open(RESPONSES, "rt", encoding="utf-8") as file:
        return {row["prompt"]: row["response"] for row in map(json.loads, file)}


def answered() -> list[tuple[Row, str]]:
    """The 540 prompts that have a real answer, each with it."""
    given = responses()
    return [(row, given[row["prompt"]]) for row in prompts() if row["prompt"] in given]


def sample_of(row: Row) -> Sample:
    instructions = [
        {"id": name, "kwargs": kwargs} for name, kwargs in zip(row["instruction_id_list"], row["kwargs"], strict=True)
    ]
    return Sample(str(row["key"]), (Message("user", row["prompt"]),), target={"instructions": instructions})


def task_of(rows: list[Row]) -> Task:
    return Task("ifeval", "constraints", tuple(map(sample_of, rows)), ("prompt_strict",))


# -- lm-eval's checker -------------------------------------------------------------------------------------------------


@cache
def lm_eval_ifeval() -> Any:
    """lm-eval's own scoring functions, imported without a download and with seeded, cached language detection."""
    import langdetect
    import nltk
    from langdetect.detector_factory import DetectorFactory

    fetch, nltk.download = nltk.download, lambda *args, **kwargs: False
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # it says that it fetched the data, whatever came of it
            from lm_eval.tasks.ifeval import utils
    finally:
        nltk.download = fetch
    DetectorFactory.seed = 0
    langdetect.detect = cache(langdetect.detect)
    return utils


def oracle(name: str, kwargs: Row, prompt: str, response: str) -> tuple[bool, bool]:
    """lm-eval's verdicts on one instruction, strict and loose."""
    published = lm_eval_ifeval()
    example = published.InputExample(0, [name], prompt, [kwargs])
    return (
        published.test_instruction_following_strict(example, response).follow_instruction_list[0],
        published.test_instruction_following_loose(example, response).follow_instruction_list[0],
    )


# -- mutations ---------------------------------------------------------------------------------------------------------

PIECES = [
    ",", "*", "**", "***", "******", "\n***\n", "\n******\n", "* ", "- ", "\n* so\n", "\n- so\n", "---", '"', "'", "“",
    "[x]", "[]", "[a b]", "<<", ">>", "<<a title>>", "P.S.", "P. S.", "P.P.S", "p.p.s. so", "```", "```json\n", "{",
    "}", "SECTION 1", "Section 2",
    "\n\n", "\r\n\r\n", "\n", " ", "\t", "_so_", "*so*", "**so**", "***so***", "é", "ß", "İ",
    "，", "\u2028", "\x0c", "\x1c", "\u00a0", "my answer is yes.", "My answer is no.", "I", "USA", "3.5", "e.g.", "?",
    "!",
]  # fmt: skip
FOREIGN = [
    "Das ist ein kurzer Satz über den Garten.",
    "Il giardino è molto bello oggi.",
    "今天天气很好，我们去公园散步吧。",
    "यह एक छोटा सा वाक्य है।",
]


def mutated(row: Row, text: str, draw: random.Random) -> str:
    """One to three changes to an answer, some of them aimed at what its prompt asks for."""
    for _ in range(draw.randint(1, 3)):
        text = draw.choice(MUTATIONS)(text, row, draw)
    return text


def _lines(change: Callable[[list[str], random.Random], list[str]]) -> Callable[[str, Row, random.Random], str]:
    return lambda text, row, draw: "\n".join(change(text.split("\n"), draw))


def _dropped(lines: list[str], draw: random.Random) -> list[str]:
    place = draw.randrange(len(lines))
    return lines[:place] + lines[place + 1 :]


def _doubled(lines: list[str], draw: random.Random) -> list[str]:
    place = draw.randrange(len(lines))
    return lines[: place + 1] + lines[place:]


def _shuffled(lines: list[str], draw: random.Random) -> list[str]:
    return draw.sample(lines, len(lines))


def _inserted(text: str, row: Row, draw: random.Random) -> str:
    place = draw.choice([0, len(text), draw.randint(0, len(text))])
    return text[:place] + draw.choice(PIECES) * draw.randint(1, 3) + text[place:]


def _truncated(text: str, row: Row, draw: random.Random) -> str:
    return text[: draw.randint(0, len(text))]


def _beheaded(text: str, row: Row, draw: random.Random) -> str:
    return text[draw.randint(0, len(text)) :]


def _cased(text: str, row: Row, draw: random.Random) -> str:
    return draw.choice([str.upper, str.lower, str.title, str.swapcase])(text)


def _without(text: str, row: Row, draw: random.Random) -> str:
    return text.replace(draw.choice([",", "*", '"', ".", "\n\n", "\n", " ", "[", "]", "<", "-"]), "")


def _wrapped(text: str, row: Row, draw: random.Random) -> str:
    before, after = draw.choice(
        [
            ('"', '"'),
            ("*", "*"),
            ("**", "**"),
            ("```json\n", "\n```"),
            ("Sure:\n", "\nBye, friend"),
            ("\n\n", ""),
            (" ", " "),
        ]
    )
    return before + text + after


def _foreign(text: str, row: Row, draw: random.Random) -> str:
    return "\n".join(draw.sample(FOREIGN, draw.randint(1, 3))) + ("\n" + text[:80] if draw.random() < 0.5 else "")


def _aimed(text: str, row: Row, draw: random.Random) -> str:
    """Put in, or take out, a text that the prompt's own kwargs name."""
    named = list(_texts(row["kwargs"]))
    if not named:
        return text
    word = draw.choice(named)
    place = draw.choice([0, len(text), draw.randint(0, len(text))])
    return draw.choice(
        [text.replace(word, ""), text[:place] + f" {word} " + text[place:], text[:place] + word + text[place:]]
    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from _texts(entry)


MUTATIONS: list[Callable[[str, Row, random.Random], str]] = [
    _lines(_dropped), _lines(_doubled), _lines(_shuffled), _lines(lambda lines, draw: lines[1:]),
    _inserted, _inserted, _inserted, _truncated, _beheaded, _cased, _without, _wrapped, _foreign, _aimed, _aimed,
]  # fmt: skip
