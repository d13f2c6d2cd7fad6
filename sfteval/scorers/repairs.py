"""What our rules do otherwise than the published ones: an instruction id in, one sentence for readers out.

One line an id whose checker has a `published` verdict of its own or may be drawn at random; the other ids follow the
published rules. Does not check answers, and does not know how often the two disagree; the checkers' docstrings are the
long form. Source: research on evaluation peers, sections 2.1 and 3.
"""

REPAIRS: dict[str, str] = {
    # IFEval
    "change_case:capital_word_frequency": 'A word in capitals has two letters or more; "DON\'T" is one.',
    "change_case:english_capital": "Capitals are read in lower case before their language is detected.",
    "change_case:english_lowercase": "A text under 80 letters is too short to tell its language: its case decides.",
    "detectable_content:number_placeholders": "An empty bracket, a task list's box and a link are no placeholders.",
    "detectable_content:postscript": '"P.P.S." is no "P.S.", and a marker is what is written, not a pattern.',
    "detectable_format:json_format": "NaN and Infinity are not JSON.",
    "detectable_format:multiple_sections": 'The splitter is a word as written: "SUBSECTION 1" is no "SECTION 1".',
    "detectable_format:number_bullet_lists": "A rule, a negative number and an emphasised line are no bullets.",
    "detectable_format:number_highlighted_sections": "A list's star opens no highlight, and ***this*** is one.",
    "keywords:existence": 'A keyword is a word on its own, not a pattern: "party" does not hold "art".',
    "keywords:forbidden_words": "A forbidden word is what is written, not a pattern; an underscore is markup.",
    "keywords:frequency": 'A keyword is a word on its own, not a pattern: "c++" does not count "ccc".',
    "keywords:letter_frequency": "The letter is the one that was asked for; published, any but a-z is drawn at random.",
    "language:response_language": "A text without any language is not in the asked one; zh is met by both its forms.",
    "length_constraints:nth_paragraph_first_word": "A leading blank line shifts no paragraph, and markup is no word.",
    "length_constraints:number_sentences": "A list item's number is no sentence; other scripts' full stops end one.",
    # IFBench
    "count:conjunctions": '"and", "And" and "and," are one conjunction.',
    "count:keywords_multiple": 'A keyword is a word on its own: "bread" is not in "breadth".',
    "count:numbers": 'Only a decimal point and the commas of thousands join digits: "10-20" is two numbers.',
    "count:person_names": 'An underscore is markup: "_Emma_" is Emma.',
    "count:pronouns": 'A pronoun is a run of letters, so that "it\'s" and "_it_" have one.',
    "count:unique_word_count": "A lone mark is no word, and curly quotes are no part of one.",
    "count:words_japanese": "A lone mark takes no place in the count; rare kanji and half-width kana are Japanese.",
    "custom:csv_city": "A fence, blank lines and spaces around a field do no harm; all rows count.",
    "custom:csv_quotes": "A fence, blank lines and spaces around a field do no harm; all rows count.",
    "custom:csv_special_character": "A fence, blank lines and spaces around a field do no harm; all rows count.",
    "custom:date_format_list": "Every date must exist: no month 0, no February 29 of any year.",
    "custom:european_capitals_sort": "Kyiv is one of the capitals; published, the right answer fails.",
    "custom:mcq_count_length": "A question's label begins a line; options may stand in brackets, in bold or in a list.",
    "custom:reverse_newline": "The lines must be different countries of Africa; published, any lines in order pass.",
    "custom:sentence_alphabet": "Quotes and other marks before a word are no part of it.",
    "format:emoji": "Flags, skin tones and joined emoji are emoji.",
    "format:line_indent": "There must be two lines, no blank line counts, and a tab indents.",
    "format:list": "The separator begins a line; published, any two of it anywhere are a list.",
    "format:newline": "Each line is looked at; published, only that there are as many lines as words.",
    "format:no_bullets_bullets": "Blank lines, and text between the bullets, do no harm; the full stops are counted.",
    "format:options": "Options may be divided in several ways; line breaks and white space around a letter do no harm.",
    "format:output_template": "The labels stand in their order, each with text behind it.",
    "format:parentheses": "All five levels must be closed; published, closing the innermost is enough.",
    "format:quote_unquote": "Curly quotes are quotes, and only words explain a phrase.",
    "format:quotes": "An apostrophe is no quote, and curly quotes are quotes.",
    "format:sub-bullets": "A bullet begins a line; published, a star inside a word is one.",
    "format:thesis": "The italics are closed by their own tag, around some text, in each section.",
    "format:title_case": 'Minor words may be small, and "Don\'t" is one word.',
    "ratio:overlap": "A trigram is three words; published, three characters.",
    "ratio:sentence_balance": "There must be some sentences of each kind, and quotes may close behind the mark.",
    "ratio:sentence_type": "There must be a question, and quotes may close behind the mark.",
    "ratio:sentence_words": "No word may stand twice; published, the words are not looked at.",
    "ratio:stop_words": "Ours is a list of function words, which approximates the published one.",
    "repeat:repeat_change": "The first word must differ; published, the request itself passes.",
    "repeat:repeat_span": "The indices count words; published, characters, so that no right answer passes.",
    "sentence:alliteration_increment": "The longest run decides; published, the words of all runs are added up.",
    "sentence:increment": "Sentences and words are divided by our rules; published, by nltk.",
    "sentence:keyword": 'An underscore is markup: "_eat_" holds "eat".',
    "words:alphabet": "Quotes, dashes and lone marks outside ASCII are no part of a word, and no word.",
    "words:consonants": "What holds no letter is no word.",
    "words:keywords_specific_position": 'Words are counted as a reader would; published, "don\'t" is two.',
    "words:last_first": "Sentences are divided by our rules; published, by nltk.",
    "words:no_consecutive": "Marks outside ASCII and digits are no first letters.",
    "words:odd_even_syllables": "Syllables are counted by rules of English spelling; published, by a list.",
    "words:palindrome": "A number, or one letter again and again, is no word.",
    "words:paragraph_last_first": "Punctuation is no part of a word: a comma behind the first does no harm.",
    "words:prime_lengths": "Marks outside ASCII count for nothing, a dash divides words, and there must be a word.",
    "words:repeats": "Quotes and dashes outside ASCII are no part of a word, and no word.",
    "words:start_verb": "Ours is a list of verbs and their endings; published, nltk's tagger decides.",
    "words:vowel": "A blank line divides paragraphs, not any line break, and é is an e.",
    "words:words_position": "Words are counted; published, marks are counted among them.",
}


def repair_of(identifier: str) -> str:
    """Return what our rule does otherwise, in one sentence; empty for an id that has no line here."""
    return REPAIRS.get(identifier, "")
