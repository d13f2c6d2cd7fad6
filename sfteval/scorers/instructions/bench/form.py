"""How the whole answer is formed: one of some options, a template, theses, title case, emoji, no white space."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import regex

from sfteval.scorers.instructions.bench.corpora import emoji_test
from sfteval.scorers.instructions.bench.marks import CLOSERS, EDGES, OPENERS, unmarked
from sfteval.scorers.instructions.bench.vocabulary import MINOR_WORDS
from sfteval.scorers.instructions.catalogue import Constraint, constraint
from sfteval.scorers.instructions.splitting import MAX_CHARACTERS, punkt, sentences, words
from sfteval.types import Check

LETTERED = re.compile(r"\W*a\W*b\W*c", re.IGNORECASE)
BETWEEN = re.compile(r"/|,|\bor\b")
LABELS = ("My Answer:", "My Conclusion:", "Future Outlook:")
ITALICS = re.compile(r"^[ \t]*+(?:<p>[ \t]*+)?<(i|em)>", re.IGNORECASE | re.ASCII | re.MULTILINE)
CLOSING = {tag: re.compile(f"</{tag}>", re.IGNORECASE) for tag in ("i", "em")}
HEADING = re.compile(r"\n[ \t]*+(?:#{1,6}\s.*|<h[1-6]>.*|\*\*[^*\n]+\*\*:?[ \t]*)$", re.IGNORECASE | re.MULTILINE)
EMOJI = r"(?:\p{Extended_Pictographic}|\p{Regional_Indicator}|\p{Emoji_Modifier}|\u20e3|\ufe0f|\u200d)"
ENDS_IN_EMOJI = regex.compile(rf"{EMOJI}\Z")
MARK_THEN_EMOJI = regex.compile(rf"((?<![.!?…])[.!?…]++[\"'”’)]*+)\s*+({EMOJI}++)")


@constraint("format:options")
@dataclass(frozen=True, slots=True)
class Options(Constraint):
    """The answer is one of the options and nothing else; of letters ("a), b), c)") exactly as written.

    Repairs: white space around a letter, line breaks between words (one prompt asks for each word on a line of its own)
    and a curly apostrophe do no harm; options may be divided in several ways.
    Published, the first of "/", "or", "," that is in the text divides, inside words, too.
    """

    options: str

    def impossible(self) -> Mapping[str, str]:
        """Refuse marks without a text between them."""
        return {} if BETWEEN.sub("", self.options).strip() else {"options": "some texts, divided by marks"}

    def check(self, text: str) -> Check:
        """Compare with each option."""
        options = [option.strip() for option in BETWEEN.split(self.options) if option.strip()]
        answer = text.strip()
        is_lettered = LETTERED.match(self.options) is not None
        ok = answer in options if is_lettered else _plain(answer) in map(_plain, options)
        return Check(ok, f'needed only one of: {" | ".join(options)}, found "{answer[:60]}"', answer[:200])

    def published(self, text: str) -> bool | None:
        """Compare letters with the text as it is, other options without ASCII punctuation around them."""
        options = _published_options(self.options)
        if LETTERED.match(self.options):
            return text in options
        return text.strip(EDGES).lower() in {option.strip(EDGES).lower() for option in options}


@constraint("format:output_template")
@dataclass(frozen=True, slots=True)
class OutputTemplate(Constraint):
    """The answer is "My Answer: ... My Conclusion: ... Future Outlook: ..." and nothing before.

    Repairs: the labels stand in this order, each with text behind it. Published, they stand anywhere.
    """

    def check(self, text: str) -> Check:
        """Find each label behind the one before."""
        places = [text.find(label) for label in LABELS]
        missing = [label for label, place in zip(LABELS, places, strict=True) if place < 0]
        if missing:
            found = f"all but {', '.join(missing)}" if len(missing) < len(LABELS) else "none"
            return Check(False, f"needed the template's three labels, found {found}", missing)
        if places != sorted(places) or text[: places[0]].strip(OPENERS):
            return Check(
                False, "needed My Answer: first, then My Conclusion: and Future Outlook:, found otherwise", places
            )
        ends = [*places[1:], len(text)]
        parts = [text[start + len(label) : end] for label, start, end in zip(LABELS, places, ends, strict=True)]
        empty = [label for label, part in zip(LABELS, parts, strict=True) if not part.strip(EDGES + "\n\t")]
        found = f"none behind {', '.join(empty)}" if empty else "some"
        return Check(not empty, f"needed text behind each label, found {found}", empty)

    def published(self, text: str) -> bool | None:
        """Find the labels anywhere."""
        return all(label in text for label in LABELS)


@constraint("format:thesis")
@dataclass(frozen=True, slots=True)
class Thesis(Constraint):
    """Each section begins with a thesis in HTML italics, and more text follows it.

    Sections are what headings divide; without headings, one line of the answer must begin so. Repairs: `<i>` or `<em>`
    is closed by its own tag around some text. Published, the first tag anywhere in the answer decides for all sections,
    and `<em></em>` alone is a thesis with text.
    """

    def check(self, text: str) -> Check:
        """Name the first section that begins otherwise."""
        sections = _sections(text)
        for section in sections:
            if not _begins_with_thesis(section):
                return Check(False, f'needed a thesis in italics first, found "{section.strip()[:40]}"', section[:200])
        if sections:
            return Check(
                True, f"needed a thesis in italics first, found one in {len(sections)} sections", len(sections)
            )
        return _one_thesis(text)

    def published(self, text: str) -> bool | None:
        """Find the first opening tag and the first closing one behind it, of either kind."""
        start = text.find("<i>") if "<i>" in text else text.find("<em>")
        if start < 0:
            return False
        closing = text.find("</i>", start)
        end = closing if closing >= 0 else text.find("</em>", start)
        return end >= 0 and bool(text[start + 3 : end].strip()) and bool(text[end + 4 :].strip())


@constraint("format:title_case")
@dataclass(frozen=True, slots=True)
class TitleCase(Constraint):
    """Every major word begins with a capital letter; articles, conjunctions and short prepositions may not.

    Repairs: minor words may be small, and "Don't" is one word. Published, nltk divides it into "Do" and a small "n't",
    which fails; without its data there is no published verdict.
    """

    def check(self, text: str) -> Check:
        """Name the first major word that is all small."""
        for word in words(text):
            if word[0].islower() and word.islower() and word not in MINOR_WORDS:
                return Check(False, f'needed each major word with a capital letter, found "{word[:40]}"', word[:200])
        return Check(True, "needed each major word with a capital letter, found them so")

    def published(self, text: str) -> bool | None:
        """Look at nltk's words, where its data is present."""
        splitter = punkt()
        found = None if splitter is None else splitter.words(text)
        return None if found is None else not any(map(_is_small, found))


@constraint("format:emoji")
@dataclass(frozen=True, slots=True)
class Emoji(Constraint):
    """Every sentence ends with an emoji, before or behind its mark.

    Repair: flags, skin tones and joined emoji are emoji. Without nltk's data and emoji there is no published verdict.
    """

    def check(self, text: str) -> Check:
        """Move emoji before the mark that they follow, then look at the end of each sentence."""
        text = text[:MAX_CHARACTERS]
        found = sentences(text if text.isascii() else MARK_THEN_EMOJI.sub(r"\2\1", text))
        for place, sentence in enumerate(found, start=1):
            if not ENDS_IN_EMOJI.search(sentence[-80:].rstrip(f"{CLOSERS}.!?…")):
                reason = f'needed an emoji at the end of each sentence, found "{sentence[-20:]}" in sentence {place}'
                return Check(False, reason, place)
        return Check(bool(found), f"needed an emoji at the end of each sentence, found {len(found)} such", len(found))

    def published(self, text: str) -> bool | None:
        """Look at the last two characters of nltk's sentences, or the first of the next."""
        splitter, is_emoji = punkt(), emoji_test()
        found = None if splitter is None or is_emoji is None else splitter.sentences(text)
        if found is None or is_emoji is None:
            return None
        bare = [unmarked(sentence).strip() for sentence in found]
        for place, sentence in enumerate(bare):
            if not sentence:
                return False
            if not any(map(is_emoji, sentence[-2:])) and not is_emoji("".join(bare[place + 1 : place + 2])[:1]):
                return False
        return True


@constraint("format:no_whitespace")
@dataclass(frozen=True, slots=True)
class NoWhitespace(Constraint):
    """The answer holds no white space."""

    def check(self, text: str) -> Check:
        """Count it."""
        measured = len(text) - len("".join(text.split()))
        return Check(measured == 0, f"needed no white space, found {measured}", measured)


def _plain(answer: str) -> str:
    return " ".join(answer.replace("’", "'").split()).strip(f"{EDGES}“”‘").lower()


@lru_cache(maxsize=256)
def _published_options(options: str) -> tuple[str, ...]:
    separator = "/" if "/" in options else "or" if "or" in options else ","
    return tuple(option.strip() for option in options.split(separator))


def _is_small(word: str) -> bool:
    """Tell whether the published scorer calls this word small: all of it, or its first letter alone."""
    if not word[:1].isalpha() or not word[0].islower():
        return False
    return len(word) == 1 or word[1:].islower() or word[1:].isupper()


def _sections(text: str) -> list[str]:
    """Return what stands behind each heading, where it is not blank."""
    return [section.lstrip() for section in HEADING.split("\n" + text.replace("\r\n", "\n"))[1:] if section.strip()]


def _begins_with_thesis(section: str) -> bool:
    opened = ITALICS.match(section)
    if opened is None:
        return False
    closed = CLOSING[opened[1].lower()].search(section, opened.end())
    return closed is not None and bool(
        section[opened.end() : closed.start()].strip() and section[closed.end() :].strip()
    )


def _one_thesis(text: str) -> Check:
    opened = ITALICS.search(text) if "<" in text else None
    if opened is None:
        return Check(False, "needed a thesis in italics first, found none", 0)
    ok = _begins_with_thesis(text[opened.start() :])
    found = "one" if ok else "one without text, end, or text behind it"
    return Check(ok, f"needed a thesis in italics first, found {found}", int(ok))
