"""Menders for constraints on sentences: how many, of which kind, how they begin, end and grow."""

from collections.abc import Callable, Mapping
from typing import Any

from sfteval.scorers.instructions.bench.marks import end_mark
from sfteval.scorers.instructions.splitting import sentences, words
from sfteval.suites.constraints.mending.text import BANK, Mender, add, each, longer_by_bank, longer_by_itself, pieces

Kwargs = Mapping[str, Any]

STATEMENT, QUESTION, EXCLAMATION = "It is so.", "Is it so?", "It is so!"
SAME_LETTER = each("silver stars shine softly since seven storms stopped sailing south some Sunday")
MIN_SENTENCES = 3


def _number(longer: Callable[[str], str]) -> Mender:
    def mend(text: str, kwargs: Kwargs) -> str:
        bound = kwargs["num_sentences"]
        if kwargs["relation"] == "less than":
            return " ".join(sentences(text)[: bound - 1])
        for _ in range(bound - len(sentences(text))):
            text = longer(text)
        return text

    return mend


def _kinds(text: str) -> tuple[int, int, int]:
    marks = [end_mark(sentence) for sentence in sentences(text)]
    return marks.count("."), marks.count("?"), marks.count("!")


def _two_statements_a_question(text: str, _: Kwargs) -> str:
    statements, questions, _exclamations = _kinds(text)
    needed = max(1, questions, -(-statements // 2))
    return add(text, " ".join([QUESTION] * (needed - questions) + [STATEMENT] * (2 * needed - statements)))


def _balanced(text: str, _: Kwargs) -> str:
    statements, questions, exclamations = _kinds(text)
    most = max(1, statements, questions, exclamations)
    missing = (
        [QUESTION] * (most - questions) + [EXCLAMATION] * (most - exclamations) + [STATEMENT] * (most - statements)
    )
    return add(text, " ".join(missing))


def _alliteration(text: str, _: Kwargs) -> str:
    num = min(max(MIN_SENTENCES, len(sentences(text))), len(SAME_LETTER))
    return " ".join(f"{' '.join(SAME_LETTER[:length]).capitalize()}." for length in range(1, num + 1))


def _increment(text: str, kwargs: Kwargs) -> str:
    num = max(MIN_SENTENCES, len(sentences(text)))
    lengths = (3 + place * kwargs["small_n"] for place in range(num))
    return " ".join(f"{' '.join(BANK[:length]).capitalize()}." for length in lengths)


def _keyword(text: str, kwargs: Kwargs) -> str:
    found = pieces(text, max(kwargs["N"], len(sentences(text))))
    found[kwargs["N"] - 1] = f"The {kwargs['word']} is here."
    return " ".join(found)


def _position(text: str, kwargs: Kwargs) -> str:
    found = pieces(text, max(kwargs["n"], len(sentences(text))))
    inside = words(found[kwargs["n"] - 1])
    inside = [*inside, *BANK[: max(0, kwargs["m"] - len(inside))]]
    inside.insert(kwargs["m"] - 1, kwargs["keyword"])
    found[kwargs["n"] - 1] = f"{' '.join(inside)}."
    return " ".join(found)


def _last_first(text: str, _: Kwargs) -> str:
    chain: list[str] = []
    for sentence in sentences(text):
        if chain and words(chain[-1])[-1].lower() != words(sentence)[0].lower():
            sentence = f"{words(chain[-1])[-1].capitalize()} {sentence}"
        chain.append(sentence)
    return " ".join(chain)


def _paragraph_last_first(text: str, _: Kwargs) -> str:
    lines = []
    for line in text.split("\n"):
        found = words(line)
        ends_alike = not found or found[0].lower() == found[-1].lower()
        lines.append(line if ends_alike else f"{line.rstrip('.!? ')} {found[0].lower()}.")
    return "\n".join(lines)


def _emoji(text: str, _: Kwargs) -> str:
    return " ".join(
        f"{sentence.rstrip('.!?')} 🙂{sentence[-1] if sentence[-1] in '.!?' else '.'}" for sentence in sentences(text)
    )


def _staircase(text: str, _: Kwargs) -> str:
    return "\n".join(f"{'  ' * depth}{sentence}" for depth, sentence in enumerate(pieces(text, 3)))


SENTENCES: dict[str, tuple[Mender, ...]] = {
    "format:emoji": (_emoji,),
    "format:line_indent": (_staircase,),
    "length_constraints:number_sentences": (_number(longer_by_bank), _number(longer_by_itself)),
    "ratio:sentence_balance": (_balanced,),
    "ratio:sentence_type": (_two_statements_a_question,),
    "ratio:sentence_words": (lambda _, __: "Birds sing at dawn. Foxes hunt by moon. Bears rest in snow.",),
    "sentence:alliteration_increment": (_alliteration,),
    "sentence:increment": (_increment,),
    "sentence:keyword": (_keyword,),
    "words:keywords_specific_position": (_position,),
    "words:last_first": (_last_first,),
    "words:paragraph_last_first": (_paragraph_last_first,),
}
