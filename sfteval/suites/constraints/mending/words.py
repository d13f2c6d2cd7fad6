"""Menders for constraints on words and letters: keywords, counts, case, what each word must be."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import cycle, islice, pairwise
from typing import Any

from sfteval.scorers.instructions.bench.vocabulary import NAMES, STOP_WORDS
from sfteval.scorers.instructions.patterns import word_pattern
from sfteval.scorers.instructions.splitting import words
from sfteval.suites.constraints.mending.text import (
    BANK,
    WORD,
    Mender,
    add,
    bank_sentences,
    each,
    longer_by_bank,
    longer_by_itself,
)

Kwargs = Mapping[str, Any]

PASSAGES = {
    "de": "Das alte Haus steht am Fluss und im Sommer kommen viele Leute. Sie sitzen gern im stillen Garten und "
    "trinken Kaffee. Abends hören sie den Regen auf dem Dach.",
    "es": "La casa vieja está cerca del río y en verano llega mucha gente. Les gusta el jardín tranquilo y por la "
    "noche escuchan la lluvia. Todos vuelven contentos a su pueblo.",
    "fr": "La vieille maison se trouve près de la rivière et beaucoup de gens y viennent en été. Ils aiment le jardin "
    "tranquille et le soir ils écoutent la pluie. Tous rentrent contents chez eux.",
    "it": "La vecchia casa si trova vicino al fiume e in estate arrivano molte persone. A loro piace il giardino "
    "tranquillo e la sera ascoltano la pioggia. Tutti tornano contenti a casa.",
    "nl": "Het oude huis staat bij de rivier en in de zomer komen er veel mensen. Zij houden van de stille tuin en "
    "luisteren in de avond naar de regen. Iedereen gaat tevreden naar huis.",
    "pt": "A casa velha fica perto do rio e no verão chegam muitas pessoas. Elas gostam do jardim tranquilo e à noite "
    "ouvem a chuva. Todos voltam contentes para a sua aldeia.",
    "ru": "Старый дом стоит у реки и летом туда приезжает много людей. Им нравится тихий сад и вечером они слушают "
    "дождь. Все довольные возвращаются домой.",
    "sv": "Det gamla huset ligger vid floden och på sommaren kommer många människor dit. De tycker om den lugna "
    "trädgården och lyssnar på regnet om kvällen. Alla åker nöjda hem igen.",
}
PALINDROMES = "Level radar civic refer rotor kayak madam tenet minim stats."
PRONOUNS = each("i you he she it we they me him her us them this that these those who what")
TIMES = (1, 2, 3, 5, 7)  # how often each of five keywords must stand
ALPHABETICAL = each(
    "apple bridge candle desk engine feather garden hammer island jacket kettle lamp mirror needle orange pencil quilt "
    "ribbon saddle table umbrella valley window xylophone yard zebra"
)
LETTER = re.compile(r"[^\W_]")


def _without_surplus(text: str, pattern: "re.Pattern[str]", kept: int) -> str:
    """Return the text with the first so many matches; each further one is another word."""
    places = [found.span() for found in pattern.finditer(text)][kept:]
    for start, end in reversed(places):
        text = f"{text[:start]}thing{text[end:]}"
    return text


def _existence(text: str, kwargs: Kwargs) -> str:
    missing = [word for word in kwargs["keywords"] if not word_pattern(word).search(text)]
    return add(text, f"Think of {' and '.join(missing)}.")


def _forbidden(text: str, kwargs: Kwargs) -> str:
    for word in kwargs["forbidden_words"]:
        text = _without_surplus(text, word_pattern(word), 0)
    return text


def _frequency(text: str, kwargs: Kwargs) -> str:
    pattern, bound = word_pattern(kwargs["keyword"]), kwargs["frequency"]
    if kwargs["relation"] == "less than":
        return _without_surplus(text, pattern, bound - 1)
    return add(text, f"Think of {' and '.join([kwargs['keyword']] * bound)}.")


def _letter(text: str, kwargs: Kwargs) -> str:
    letter, bound = kwargs["letter"], kwargs["let_frequency"]
    if kwargs["let_relation"] == "less than":
        tokens = [token for token in text.split(" ") if letter not in token.lower()]
        return " ".join(tokens)
    missing = bound - text.lower().count(letter)
    return add(text, f"{letter.upper()}{letter * missing}.")


def _multiple(text: str, kwargs: Kwargs) -> str:
    lines = []
    for place, times in enumerate(TIMES, start=1):
        word = kwargs[f"keyword{place}"]
        text = _without_surplus(text, word_pattern(word), 0)
        lines.append(f"Think of {' and '.join([word] * times)}.")
    return add(text, " ".join(lines))


def _number_words(longer: Callable[[str], str]) -> Mender:
    def mend(text: str, kwargs: Kwargs) -> str:
        bound = kwargs["num_words"]
        if kwargs["relation"] == "less than":
            return _shortened(text, bound - 1)
        while len(WORD.findall(text)) < bound:
            text = longer(text)
        return text

    return mend


def _word_range(longer: Callable[[str], str]) -> Mender:
    def mend(text: str, kwargs: Kwargs) -> str:
        while len(WORD.findall(text)) < kwargs["min_words"]:
            text = longer(text)
        return _shortened(text, kwargs["max_words"])

    return mend


def _shortened(text: str, most: int) -> str:
    """Drop words from the end until so many are left."""
    if len(WORD.findall(text)) <= most:
        return text
    while len(WORD.findall(text)) > most and len(parts := text.rsplit(maxsplit=1)) == 2:
        text = parts[0]
    return f"{text.rstrip('.!?')}."


def _unique(text: str, kwargs: Kwargs) -> str:
    return add(text, bank_sentences(text, max(7, kwargs["N"] - len(set(words(text.lower()))))))


def _names(text: str, kwargs: Kwargs) -> str:
    return add(text, f"{' and '.join(sorted(NAMES)[: kwargs['N']])} were there.")


def _numbers(text: str, kwargs: Kwargs) -> str:
    text = re.sub(r"\d+", "some", text)
    return add(text, f"It took {' and '.join(str(number) for number in range(3, 3 + kwargs['N']))} days.")


def _pronouns(text: str, kwargs: Kwargs) -> str:
    return add(text, f"{' and '.join((PRONOUNS * 2)[: kwargs['N']]).capitalize()}.")


def _japanese(text: str, kwargs: Kwargs) -> str:
    tokens: list[str] = []
    num_words = 0
    for token in text.split():
        if LETTER.search(token) and (num_words + 1) % kwargs["N"] == 0:
            tokens.append("日本")
            num_words += 1
        tokens.append(token)
        num_words += bool(LETTER.search(token))
    return " ".join(tokens)


def _stop_words(text: str, kwargs: Kwargs) -> str:
    found = WORD.findall(text.lower())
    num_stop = sum(word in STOP_WORDS for word in found)
    needed = num_stop * 100 // kwargs["percentage"] + 1 - len(found)
    return add(text, bank_sentences(text, max(needed, 7)))


def _repeats(text: str, kwargs: Kwargs) -> str:
    """Leave out each word that has been used often enough."""
    seen: Counter[str] = Counter()
    kept = []
    for token in text.split(" "):
        inside = words(token.lower())
        seen.update(inside)
        if all(seen[word] <= kwargs["small_n"] for word in inside):
            kept.append(token)
    return " ".join(kept)


def _no_consecutive(text: str, _: Kwargs) -> str:
    """Leave out each word that begins like the word before."""
    kept: list[str] = []
    last = ""
    for token in text.split(" "):
        inside = words(token.lower())
        firsts = [last, *(word[0] for word in inside)]
        if all(one != other for one, other in pairwise(firsts)):
            kept.append(token)
            last = firsts[-1]
    return " ".join(kept)


def _capital_words(text: str, kwargs: Kwargs) -> str:
    bound = kwargs["capital_frequency"]
    if kwargs["capital_relation"] == "less than":
        return text.lower()
    return add(text, f"{' '.join(islice(BANK, bound)).upper()}.")


def _words_position(text: str, kwargs: Kwargs) -> str:
    tokens = text.split(" ")
    return " ".join([tokens[0], kwargs["keyword"], *tokens[1:-1], kwargs["keyword"], tokens[-1]])


def _title_case(text: str, _: Kwargs) -> str:
    return re.sub(r"[^\W_]+(?:['’\-][^\W_]+)*", lambda found: found[0][:1].upper() + found[0][1:], text)


def _alphabet(text: str, _: Kwargs) -> str:
    num_words = max(len(ALPHABETICAL), len(words(text)))
    return f"{' '.join(islice(cycle(ALPHABETICAL), num_words)).capitalize()}."


def _constant(text: str) -> Mender:
    return lambda _, __: text


def _added(sentence: str) -> Mender:
    return lambda text, _: add(text, sentence)


WORDS: dict[str, tuple[Mender, ...]] = {
    "change_case:capital_word_frequency": (_capital_words,),
    "change_case:english_capital": (lambda text, _: text.upper(),),
    "change_case:english_lowercase": (lambda text, _: text.lower(),),
    "count:conjunctions": (_added("And but for nor or so yet."),),
    "count:keywords_multiple": (_multiple,),
    "count:numbers": (_numbers,),
    "count:person_names": (_names,),
    "count:pronouns": (_pronouns,),
    "count:punctuation": (_added("Wait; look: is it here? Yes, it is! Really?!"),),
    "count:unique_word_count": (_unique,),
    "count:word_count_range": (_word_range(longer_by_bank), _word_range(longer_by_itself)),
    "count:words_japanese": (_japanese,),
    "format:title_case": (_title_case,),
    "keywords:existence": (_existence,),
    "keywords:forbidden_words": (_forbidden,),
    "keywords:frequency": (_frequency,),
    "keywords:letter_frequency": (_letter,),
    "language:response_language": (lambda _, kwargs: PASSAGES[kwargs["language"]],),
    "length_constraints:number_words": (_number_words(longer_by_bank), _number_words(longer_by_itself)),
    "punctuation:no_comma": (lambda text, _: text.replace(",", ""),),
    "ratio:stop_words": (_stop_words,),
    "words:alphabet": (_alphabet,),
    "words:consonants": (_constant("Bright stars shine. Black birds sing. Small plants stand still."),),
    "words:no_consecutive": (_no_consecutive,),
    "words:odd_even_syllables": (_constant("The river ran under tall mountains."),),
    "words:palindrome": (_added(PALINDROMES),),
    "words:prime_lengths": (_constant("We see the black horse. It is big. The river is so big."),),
    "words:repeats": (_repeats,),
    "words:start_verb": (lambda text, _: f"Consider this. {text}",),
    "words:vowel": (_constant("A man had a black hat. That man ran past a bank."),),
    "words:words_position": (_words_position,),
}
