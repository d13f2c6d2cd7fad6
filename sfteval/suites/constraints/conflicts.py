"""Which constraints may stand in one prompt: each pair is asked for, and contradictions and absurdities are refused.

Constraints that rule the same aspect of an answer (its length, its layout, its beginning, ...) exclude each other; some
rule so much that they bear only company that leaves words alone, or none. What remains may still be impossible
together with given kwargs: then no witness is found, and the prompt is not made.
"""

from sfteval.suites.constraints.own_stems import OWN_KINDS

ALONE = {
    "format:options",
    "ratio:overlap",
    "ratio:sentence_words",
    "repeat:repeat_change",
    "repeat:repeat_simple",
    "repeat:repeat_span",
    *(identifier for identifier in OWN_KINDS if identifier.startswith("custom:")),
}
LENGTHS = {
    "count:unique_word_count",
    "count:word_count_range",
    "length_constraints:number_sentences",
    "length_constraints:number_words",
}
KEYWORDS = {
    "count:keywords_multiple",
    "keywords:existence",
    "keywords:frequency",
    "sentence:keyword",
    "words:keywords_specific_position",
    "words:words_position",
}
ASPECTS = {
    "length": LENGTHS,
    "keywords": KEYWORDS,
    "letter case": {
        "change_case:capital_word_frequency",
        "change_case:english_capital",
        "change_case:english_lowercase",
        "count:person_names",
        "detectable_format:constrained_response",
        "detectable_format:multiple_sections",
        "format:list",
        "format:output_template",
        "format:title_case",
    },
    "case of given words": {
        "change_case:english_capital",
        "change_case:english_lowercase",
        "combination:repeat_prompt",
        "detectable_content:postscript",
        "format:thesis",  # its tags are in small letters
        "startend:end_checker",
    },
    "layout": {
        "combination:two_responses",
        "detectable_format:json_format",
        "detectable_format:multiple_sections",
        "detectable_format:number_bullet_lists",
        "format:line_indent",
        "format:list",
        "format:no_bullets_bullets",
        "format:output_template",
        "format:sub-bullets",
        "format:thesis",
        "length_constraints:nth_paragraph_first_word",
        "length_constraints:number_paragraphs",
        "words:paragraph_last_first",
    },
    "beginning": {
        "combination:repeat_prompt",
        "detectable_format:json_format",
        "detectable_format:title",
        "format:no_bullets_bullets",
        "format:output_template",
        "format:thesis",
        "length_constraints:nth_paragraph_first_word",  # a title above would be a paragraph
        "startend:quotation",
        "words:start_verb",
        "words:words_position",
    },
    "end": {
        "combination:two_responses",
        "detectable_content:postscript",
        "detectable_format:json_format",
        "format:line_indent",
        "format:no_bullets_bullets",
        "length_constraints:nth_paragraph_first_word",  # a postscript below would be one, too
        "startend:end_checker",
        "startend:quotation",
        "words:paragraph_last_first",
        "words:words_position",
    },
    "sentences": {
        "detectable_content:postscript",
        "format:emoji",
        "ratio:sentence_balance",
        "ratio:sentence_type",
        "sentence:alliteration_increment",
        "sentence:increment",
        "startend:end_checker",
        "words:last_first",
    },
    "quotation marks": {"format:quote_unquote", "format:quotes", "startend:quotation"},
    "commas": {"count:punctuation", "punctuation:no_comma"},
    "digits": {"count:numbers", "detectable_format:multiple_sections"},
    "other words than one's own": {
        "combination:repeat_prompt",
        "ratio:stop_words",
        "sentence:increment",
        "words:last_first",
        "words:no_consecutive",
        "words:repeats",
    },
    "which sentence is which": {
        "combination:repeat_prompt",
        "combination:two_responses",
        "detectable_format:multiple_sections",
        "detectable_format:number_bullet_lists",
        "format:list",
        "format:no_bullets_bullets",
        "format:sub-bullets",
        "sentence:keyword",
        "words:keywords_specific_position",
    },
    "all or each of two": {"combination:two_responses", *LENGTHS, "count:keywords_multiple", "words:words_position"},
    "stars": {
        "detectable_format:number_highlighted_sections",
        "format:sub-bullets",
        "length_constraints:number_paragraphs",
        "combination:two_responses",
    },
}
# What may stand beside a constraint that rules every word, or all of the text.
WORDLESS = {
    "detectable_content:number_placeholders",
    "detectable_format:number_bullet_lists",
    "detectable_format:number_highlighted_sections",
    "length_constraints:number_paragraphs",
    "length_constraints:number_sentences",
    "length_constraints:number_words",
    "punctuation:no_comma",
    "startend:quotation",
}
SENTENCES_ONLY = {
    "change_case:english_lowercase",
    "count:word_count_range",
    "length_constraints:number_sentences",
    "length_constraints:number_words",
    "punctuation:no_comma",
}
LENGTH_IN_WORDS = {"count:word_count_range", "length_constraints:number_words"}
COMPANY = {
    "count:words_japanese": LENGTH_IN_WORDS,
    "format:newline": {*LENGTH_IN_WORDS, "keywords:letter_frequency", "punctuation:no_comma"},
    "format:no_whitespace": {"keywords:letter_frequency", "punctuation:no_comma", "startend:quotation"},
    "words:alphabet": LENGTH_IN_WORDS,
    "words:odd_even_syllables": LENGTH_IN_WORDS,
    "language:response_language": WORDLESS,
    "detectable_format:json_format": {
        "keywords:existence",
        "keywords:forbidden_words",
        "keywords:frequency",
        "length_constraints:number_words",
    },
    "sentence:alliteration_increment": {"length_constraints:number_sentences", "punctuation:no_comma"},
    "sentence:increment": {"length_constraints:number_sentences", "punctuation:no_comma", "keywords:forbidden_words"},
    "words:consonants": {*SENTENCES_ONLY, "format:parentheses", "format:title_case"},
    "words:last_first": {*SENTENCES_ONLY, "keywords:forbidden_words"},
    "words:palindrome": {*SENTENCES_ONLY, "keywords:forbidden_words", "detectable_format:number_bullet_lists"},
    "words:prime_lengths": SENTENCES_ONLY,
    "words:vowel": SENTENCES_ONLY,
}


def may_combine(one: str, other: str) -> bool:
    """Tell whether two constraints may stand in one prompt."""
    if one == other or ALONE & {one, other}:
        return False
    if any(one in ruled and other in ruled for ruled in ASPECTS.values()):
        return False
    return all(second in COMPANY[first] for first, second in ((one, other), (other, one)) if first in COMPANY)
