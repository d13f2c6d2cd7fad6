"""A prompt in, the same question in other forms out: no model, seeded, and nothing of its meaning changed.

Code, JSON and what stands in quotes keep their letters: only the first letter of a line of prose, the space between
sentences, words of courtesy around the whole, the order of paragraphs and the last mark are touched. A form that
leaves a prompt as it is, is left out. Does not know answers. Source: research on probes, A3-P4.
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

POLITE = (
    ("Please help me with this. ", ""),
    ("Hello! ", " Thank you."),
    ("I would be glad of an answer to this: ", ""),
    ("", " Many thanks in advance."),
    ("Could you take a look at the following? ", ""),
)
SENTENCE_END = re.compile(r"(?<=[.!?]) (?=[A-Z])")
PARAGRAPH = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class Variant:
    """One other form of a prompt."""

    kind: str
    text: str


def variants_of(prompt: str, seed: int = 0) -> tuple[Variant, ...]:
    """Return at most five other forms of a prompt; the same for the same prompt and seed."""
    rng = random.Random(f"{seed}:{prompt}")
    kinds: dict[str, Callable[[str], str]] = {
        "casing": _casing,
        "whitespace": lambda text: SENTENCE_END.sub(rng.choice(("\n", "  ", "\n\n")), text) + "\n",
        "politeness": lambda text: text.join(rng.choice(POLITE)),
        "reordered": _reordered,
        "last_mark": _last_mark,
    }
    made = (Variant(kind, change(prompt)) for kind, change in kinds.items())
    return tuple(variant for variant in made if variant.text != prompt)


def _casing(text: str) -> str:
    """Turn the first letter around."""
    return text[:1].swapcase() + text[1:]


def _reordered(text: str) -> str:
    """Put the last paragraph first: the question before what it is about."""
    paragraphs = PARAGRAPH.split(text)
    return "\n\n".join([paragraphs[-1], *paragraphs[:-1]]) if len(paragraphs) > 1 else text


def _last_mark(text: str) -> str:
    """Drop the last mark, or set a full stop where there is none."""
    bare = text.rstrip()
    return bare[:-1] if bare.endswith((".", "?", "!")) else f"{bare}."
