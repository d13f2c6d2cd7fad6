"""Short chat that needs no tool: greetings, introductions, choices and echoes.

Names and words are drawn freely, so that there are thousands of prompts and copying is what they ask for.
Does not know whether a prompt is shown beside tools.
"""

import random

from sfttrain.starter.items import Item, one_in
from sfttrain.starter.reasoning import NAMES

HELD_OUT_SHARE = 5
WORDS = (
    "lamp", "river", "bread", "cloud", "paper", "garden",
    "window", "silver", "winter", "music", "forest", "candle",
)  # fmt: skip


def small_talk(rng: random.Random) -> Item:
    """Return a chat prompt and its reply."""
    kind = rng.choice(("hello", "name", "say", "thanks", "first"))
    (name, other), (word, second) = rng.sample(NAMES, 2), rng.sample(WORDS, 2)
    user, reasoning, answer = {
        "hello": (f"Hi, I am {name} and this is {other}.", f"greet {name} and {other}.", f"Hello {name} and {other}!"),
        "name": (
            f"My name is {name} and I like the {word}. What is my name?",
            f"the name is {name}.",
            f"Your name is {name}.",
        ),
        "say": (f"Say the words {word} and {second}.", f"say {word} and {second}.", f"{word} and {second}"),
        "thanks": (f"Thank you for the {word}, says {name}.", f"thanks from {name}.", f"You are welcome, {name}!"),
        "first": (
            f"Which word comes first here, {word} or {second}?",
            f"first is {word}.",
            f"The first word is {word}.",
        ),
    }[kind]
    about = {"hello": f"{name} {other}", "name": word, "thanks": word}.get(kind, f"{word} {second}")
    return Item("chat", user, reasoning, answer, stem=f"{kind} {about}", target={"calls": []}, metadata={"kind": kind})


def is_held_out(item: Item) -> bool:
    """Return whether this prompt belongs to the suite, and so to neither the corpus nor the rows.

    What is said is held out, whoever says it.
    """
    return one_in(HELD_OUT_SHARE, item.stem)
