"""Requests to write about a topic under one or two of IFEval's constraints, with a reply that keeps them.

A reply is built in three layers: what is said, how it is laid out, what is wrapped around it. Two constraints of
different layers (or two wrappings) make a pair. The plain reply to "Write about cats." breaks every constraint here, so
each bites. Does not know how a constraint is checked: it names IFEval's ids and arguments (Zhou et al. 2023, table 1).
"""

import functools
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sfttrain.starter.items import Item, one_in, stream

HELD_OUT_SHARE = 4  # share of (topic, kind of constraint) kept for the suite
HELD_OUT_PAIR_SHARE = 4  # share of pairs of constraints kept for the suite

TOPICS = (
    "cats", "dogs", "birds", "horses", "wolves", "bears", "foxes", "whales", "bees", "frogs", "ships", "trains",
    "bikes", "planes", "boats", "cars", "roads", "bridges", "towers", "houses", "schools", "shops", "farms", "parks",
    "lakes", "rivers", "hills", "islands", "caves", "forests", "stars", "clouds", "storms", "flowers", "trees",
    "gardens", "songs", "drums", "books", "maps", "letters", "poems", "games", "clocks", "coats", "hats", "shoes",
    "lamps",
)  # fmt: skip
QUALITIES = (
    "soft", "quick", "quiet", "proud", "bright", "calm", "brave", "warm", "cold", "small", "large", "gentle",
    "strong", "old", "young", "clever", "loud", "simple", "strange", "rare",
)  # fmt: skip
EXTRAS = ("well", "gate", "wall", "door", "field", "beach", "market", "station")
ENDINGS = ("That is all.", "So it is.", "The end.", "Good night.", "Have a nice day.")
PLACEHOLDERS = ("in [place]", "at [time]", "with [name]")
MARKS = ("P.S.", "P.P.S")

CONTENT, LAYOUT, WRAPPING = "content", "layout", "wrapping"


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint in words; `{0}` and `{1}` in its words and plan are the topic and the topic's first fact."""

    kind: str
    layer: str
    words: str
    plan: str
    argument: str | int = ""


def _catalogue() -> tuple[Constraint, ...]:
    made = [
        Constraint("no_comma", CONTENT, "Use no commas.", "no commas"),
        Constraint("forbidden", CONTENT, "Do not use the word {1}.", "not {1}"),
        *(
            Constraint("frequency", CONTENT, f"Use the word {{0}} at least {n} times.", f"{{0}} {n} times", n)
            for n in (2, 3, 4)
        ),
        *(Constraint("existence", CONTENT, f"Use the word {word}.", f"word {word}", word) for word in EXTRAS),
        *(Constraint("at_least", CONTENT, f"Use at least {n} words.", f"at least {n} words", n) for n in (9, 10, 11)),
        *(Constraint("less_than", CONTENT, f"Use less than {n} words.", f"less than {n} words", n) for n in (5, 6, 7)),
        *(Constraint("bullets", LAYOUT, f"Use {n} bullets.", f"{n} bullets", n) for n in (2, 3)),
        *(Constraint("sections", LAYOUT, f"Use {n} sections named Part.", f"{n} sections", n) for n in (2, 3)),
        *(Constraint("paragraphs", LAYOUT, f"Use {n} paragraphs split by ***.", f"{n} paragraphs", n) for n in (2, 3)),
        Constraint("two_responses", LAYOUT, "Give two replies split by ******.", "two replies"),
        Constraint("json", LAYOUT, "Reply in JSON.", "json"),
        *(Constraint("highlights", LAYOUT, f"Put {n} sentences between stars.", f"{n} stars", n) for n in (1, 2, 3)),
        *(
            Constraint("placeholders", LAYOUT, f"Use {n} placeholders in brackets.", f"{n} brackets", n)
            for n in (1, 2, 3)
        ),
        Constraint("title", WRAPPING, "Add a title in angle brackets.", "title"),
        *(
            Constraint("postscript", WRAPPING, f"Add a postscript with {mark}", f"postscript {mark}", mark)
            for mark in MARKS
        ),
        *(Constraint("ending", WRAPPING, f"End with: {ending}", f"end {ending}", ending) for ending in ENDINGS),
        Constraint("quotation", WRAPPING, "Wrap it in double quotes.", "quotes"),
    ]
    return tuple(made)


CATALOGUE = _catalogue()
KINDS = tuple(dict.fromkeys(constraint.kind for constraint in CATALOGUE))
_SENTENCE_LAYOUTS = ("bullets", "sections", "paragraphs", "two_responses")


def of_kind(rng: random.Random, kind: str) -> Constraint:
    """Return one of the wordings of a kind of constraint."""
    return rng.choice([constraint for constraint in CATALOGUE if constraint.kind == kind])


@functools.cache
def facts(topic: str) -> tuple[str, str, str, str]:
    """Return the four things that are always said of `topic`, in their order."""
    first, second, third, fourth = stream(0, "facts", topic).sample(QUALITIES, 4)
    return first, second, third, fourth


def valid_pairs() -> list[tuple[str, str]]:
    """Return the pairs of kinds that one reply can keep together, each in catalogue order."""
    layer = {constraint.kind: constraint.layer for constraint in CATALOGUE}
    kinds = list(layer)
    pairs = [(one, two) for index, one in enumerate(kinds) for two in kinds[index + 1 :]]
    return [pair for pair in pairs if _composes(pair, layer)]


def _composes(pair: tuple[str, str], layer: Mapping[str, str]) -> bool:
    one, two = pair
    if "json" in pair or pair == ("bullets", "quotation"):
        return False
    if layer[one] == CONTENT and layer[two] == LAYOUT:
        return one in ("forbidden", "existence") and two in _SENTENCE_LAYOUTS
    if one == "less_than":
        return False
    return WRAPPING in (layer[one], layer[two])


def is_held_out_pair(one: str, two: str) -> bool:
    """Return whether this pair of kinds is kept for the suite."""
    return one_in(HELD_OUT_PAIR_SHARE, f"pair {one} {two}")


def is_held_out(topic: str, constraint: Constraint) -> bool:
    """Return whether this kind of constraint was kept from this topic, so that only the suite asks for it."""
    return one_in(HELD_OUT_SHARE, f"{topic} {constraint.kind}")


def request(topic: str, constraints: tuple[Constraint, ...]) -> Item:
    """Return the request to write about `topic` under `constraints`, with its reply."""
    known = facts(topic)
    words = [constraint.words.format(topic, known[0]) for constraint in constraints]
    plan = [constraint.plan.format(topic, known[0]) for constraint in constraints]
    instructions = [{"id": "keywords:existence", "kwargs": {"keywords": [topic]}}]
    return Item(
        source="constraints",
        user=" ".join([f"Write about {topic}.", *words]),
        reasoning=f"topic {topic}. " + " ".join(f"{step.rstrip('.')}." for step in plan),
        answer=_reply(topic, {constraint.kind: constraint.argument for constraint in constraints}),
        stem=topic,
        target={"instructions": instructions + [_instruction(constraint, topic) for constraint in constraints]},
        metadata={"kinds": " ".join(constraint.kind for constraint in constraints)},
    )


def _instruction(constraint: Constraint, topic: str) -> dict[str, Any]:
    n: Any = constraint.argument
    name, kwargs = {
        "no_comma": ("punctuation:no_comma", {}),
        "forbidden": ("keywords:forbidden_words", {"forbidden_words": [facts(topic)[0]]}),
        "frequency": ("keywords:frequency", {"keyword": topic, "frequency": n, "relation": "at least"}),
        "existence": ("keywords:existence", {"keywords": [n]}),
        "at_least": ("length_constraints:number_words", {"num_words": n, "relation": "at least"}),
        "less_than": ("length_constraints:number_words", {"num_words": n, "relation": "less than"}),
        "bullets": ("detectable_format:number_bullet_lists", {"num_bullets": n}),
        "sections": ("detectable_format:multiple_sections", {"section_spliter": "Part", "num_sections": n}),
        "paragraphs": ("length_constraints:number_paragraphs", {"num_paragraphs": n}),
        "two_responses": ("combination:two_responses", {}),
        "json": ("detectable_format:json_format", {}),
        "highlights": ("detectable_format:number_highlighted_sections", {"num_highlights": n}),
        "placeholders": ("detectable_content:number_placeholders", {"num_placeholders": n}),
        "title": ("detectable_format:title", {}),
        "postscript": ("detectable_content:postscript", {"postscript_marker": n}),
        "ending": ("startend:end_checker", {"end_phrase": n}),
        "quotation": ("startend:quotation", {}),
    }[constraint.kind]
    return {"id": name, "kwargs": kwargs}


def _reply(topic: str, asked: Mapping[str, Any]) -> str:
    known = list(facts(topic))
    if "forbidden" in asked:
        known = known[1:]
    text = _laid_out(topic, known, asked)
    if "title" in asked:
        text = f"<< {topic} >>\n{text}"
    if "postscript" in asked:
        text += f"\n{asked['postscript']} They are {known[-1]}."
    if "ending" in asked:
        text += f" {asked['ending']}" if "postscript" not in asked else f"\n{asked['ending']}"
    return f'"{text}"' if "quotation" in asked else text


def _laid_out(topic: str, known: list[str], asked: Mapping[str, Any]) -> str:
    sentences = [f"The {topic} are {quality}." for quality in known]
    if "existence" in asked:
        sentences[0] = f"The {topic} are {known[0]} by the {asked['existence']}."
    if "bullets" in asked:
        return "\n".join(f"* {sentence}" for sentence in sentences[: asked["bullets"]])
    if "sections" in asked:
        return "\n".join(f"Part {n + 1}\n{sentence}" for n, sentence in enumerate(sentences[: asked["sections"]]))
    if "paragraphs" in asked:
        return "\n***\n".join(sentences[: asked["paragraphs"]])
    if "two_responses" in asked:
        return "\n******\n".join(sentences[:2])
    if "json" in asked:
        return json.dumps({"text": sentences[0]})
    if "highlights" in asked:
        return " ".join(f"*{sentence}*" for sentence in sentences[: asked["highlights"]])
    if "frequency" in asked:
        return " ".join(sentences[: asked["frequency"]])
    return _sentence(topic, known, asked)


def _sentence(topic: str, known: list[str], asked: Mapping[str, Any]) -> str:
    if "less_than" in asked:
        return f"The {topic} are {known[0]}."
    if "no_comma" in asked:
        return f"The {topic} are {known[0]} and {known[1]}."
    tail = "".join(f" {place}" for place in PLACEHOLDERS[: asked.get("placeholders", 0)])
    if "existence" in asked:
        tail = f" by the {asked['existence']}"
    text = f"The {topic} are {known[0]}, {known[1]} and {known[2]}{tail}."
    return f"{text} They are {known[-1]} too." if "at_least" in asked else text
