"""Kwargs for a constraint on a stem, drawn with dice, in ranges that a person could meet.

Keywords are words of the stem. Does not know wordings or combinations.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sfteval.suites.constraints.stems import Stem
from sfteval.suites.dice import Dice

Kwargs = dict[str, Any]

AT_LEAST, LESS_THAN = "at least", "less than"
COMMON_LETTERS, RARER_LETTERS = "bcdfghlmpuwy", "bfgkpvwy"
LANGUAGES = ("de", "es", "fr", "it", "nl", "pt", "ru", "sv")
OPENING_WORDS = ("Perhaps", "Today", "Nobody", "Sometimes", "Every", "Imagine")
FIRST_WORDS = (*OPENING_WORDS, "Meanwhile", "However", "Tomorrow", "Finally", "Still")  # of later paragraphs
SPLITTERS = ("Section", "Part", "Chapter", "Step")
END_PHRASES = (
    "That is all for today.",
    "And so it remains.",
    "We shall see.",
    "More about that another time.",
    "Time will tell.",
    "And that was only the beginning.",
)
OPTIONS = ("yes/no/maybe", "yes/no/it depends", "certainly, possibly, never", "I think so/I doubt it/I cannot say")
SEPARATORS = ("=>", "~", "+", "::", "ITEM")


Draw = Callable[[Dice, Stem], Kwargs]


def drawn(identifier: str, dice: Dice, stem: Stem) -> Kwargs:
    """Return kwargs for a constraint; {} for one that has none."""
    return DRAWS[identifier](dice, stem) if identifier in DRAWS else {}


def _relation(dice: Dice) -> str:
    """Return "at least", two times out of three, or "less than"."""
    return dice.pick((AT_LEAST, AT_LEAST, LESS_THAN))


def _number(name: str, least: int, most: int, step: int = 1) -> Draw:
    return lambda dice, _: {name: dice.whole(least, most, step)}


def _choice(name: str, items: Sequence[str]) -> Draw:
    return lambda dice, _: {name: dice.pick(items)}


def _related(name: str, relation: str, more: tuple[int, int, int], less: tuple[int, int, int]) -> Draw:
    """Draw a bound, from the one range for "at least" and from the other for "less than"."""

    def draw(dice: Dice, _: Stem) -> Kwargs:
        asked = _relation(dice)
        return {name: dice.whole(*(more if asked == AT_LEAST else less)), relation: asked}

    return draw


def _frequency(dice: Dice, stem: Stem) -> Kwargs:
    return {"keyword": dice.pick(stem.words), "frequency": dice.whole(3, 5), "relation": _relation(dice)}


def _letter(dice: Dice, _: Stem) -> Kwargs:
    asked = _relation(dice)
    if asked == AT_LEAST:
        return {"letter": dice.pick(COMMON_LETTERS), "let_frequency": dice.whole(8, 20), "let_relation": asked}
    return {"letter": dice.pick(RARER_LETTERS), "let_frequency": dice.whole(3, 6), "let_relation": asked}


def _nth_paragraph(dice: Dice, _: Stem) -> Kwargs:
    num = dice.whole(2, 5)
    place = dice.whole(1, num)
    word = dice.pick(OPENING_WORDS if place == 1 else FIRST_WORDS)
    return {"num_paragraphs": num, "nth_paragraph": place, "first_word": word}


def _sections(dice: Dice, _: Stem) -> Kwargs:
    return {"section_spliter": dice.pick(SPLITTERS), "num_sections": dice.whole(2, 5)}


def _word_range(dice: Dice, _: Stem) -> Kwargs:
    least = dice.whole(40, 150, 10)
    return {"min_words": least, "max_words": least + dice.whole(20, 40, 10)}


def _keywords(dice: Dice, stem: Stem) -> Kwargs:
    return {f"keyword{place}": word for place, word in enumerate(dice.some(stem.words, 5), start=1)}


def _overlap(dice: Dice, stem: Stem) -> Kwargs:
    return {"reference_text": stem.passage, "percentage": dice.whole(30, 70, 10)}


def _span(dice: Dice, stem: Stem) -> Kwargs:
    last = len(stem.request.split()) - 1
    start = dice.whole(1, 4)
    return {"prompt_to_repeat": stem.request, "n_start": start, "n_end": min(start + dice.whole(2, 4), last)}


def _position(dice: Dice, stem: Stem) -> Kwargs:
    return {"keyword": dice.pick(stem.words), "n": dice.whole(2, 5), "m": dice.whole(2, 7)}


DRAWS: dict[str, Draw] = {
    "change_case:capital_word_frequency": _related("capital_frequency", "capital_relation", (3, 9, 1), (3, 6, 1)),
    "combination:repeat_prompt": lambda _, stem: {"prompt_to_repeat": stem.request},
    "count:conjunctions": _number("small_n", 3, 6),
    "count:keywords_multiple": _keywords,
    "count:numbers": _number("N", 2, 6),
    "count:person_names": _number("N", 3, 8),
    "count:pronouns": _number("N", 8, 20),
    "count:unique_word_count": _number("N", 40, 120, 10),
    "count:word_count_range": _word_range,
    "count:words_japanese": _number("N", 3, 4),
    "detectable_content:number_placeholders": _number("num_placeholders", 2, 5),
    "detectable_content:postscript": _choice("postscript_marker", ("P.S.", "P.P.S.")),
    "detectable_format:multiple_sections": _sections,
    "detectable_format:number_bullet_lists": _number("num_bullets", 2, 6),
    "detectable_format:number_highlighted_sections": _number("num_highlights", 2, 5),
    "format:list": _choice("sep", SEPARATORS),
    "format:options": _choice("options", OPTIONS),
    "keywords:existence": lambda dice, stem: {"keywords": dice.some(stem.words, dice.whole(2, 3))},
    "keywords:forbidden_words": lambda _, stem: {"forbidden_words": list(stem.avoid)},
    "keywords:frequency": _frequency,
    "keywords:letter_frequency": _letter,
    "language:response_language": _choice("language", LANGUAGES),
    "length_constraints:nth_paragraph_first_word": _nth_paragraph,
    "length_constraints:number_paragraphs": _number("num_paragraphs", 2, 5),
    "length_constraints:number_sentences": _related("num_sentences", "relation", (4, 8, 1), (4, 8, 1)),
    "length_constraints:number_words": _related("num_words", "relation", (60, 200, 10), (60, 150, 10)),
    "ratio:overlap": _overlap,
    "ratio:stop_words": _number("percentage", 30, 45, 5),
    "repeat:repeat_change": lambda _, stem: {"prompt_to_repeat": stem.request},
    "repeat:repeat_span": _span,
    "sentence:increment": _number("small_n", 2, 3),
    "sentence:keyword": lambda dice, stem: {"word": dice.pick(stem.words), "N": dice.whole(2, 7)},
    "startend:end_checker": _choice("end_phrase", END_PHRASES),
    "words:keywords_specific_position": _position,
    "words:repeats": _number("small_n", 2, 4),
    "words:words_position": lambda dice, stem: {"keyword": dice.pick(stem.words)},
}
