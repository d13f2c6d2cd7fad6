"""How IFEval's 25 constraints are asked for: templates by id, filled in by `wordings`.

`{name_less}` is a whole number less one, `{name_th}` its ordinal. "id, less than" is for that relation; without it the
templates say "at least". Ours, not IFEval's own words.
"""

LANGUAGES = {
    "de": "German", "es": "Spanish", "fr": "French", "it": "Italian", "nl": "Dutch", "pt": "Portuguese",
    "ru": "Russian", "sv": "Swedish",
}  # fmt: skip

IFEVAL: dict[str, tuple[str, ...]] = {
    "change_case:capital_word_frequency": (
        "Write at least {capital_frequency} words in capital letters, not counting words of a single letter.",
        "For emphasis, put {capital_frequency} or more words of at least two letters in ALL CAPITALS.",
    ),
    "change_case:capital_word_frequency, less than": (
        "Use fewer than {capital_frequency} words that are written in capital letters throughout.",
        "No more than {capital_frequency_less} words may be written entirely in capital letters.",
    ),
    "change_case:english_capital": (
        "Write the whole answer in English and in capital letters only.",
        "Your answer must be in English, and every letter in it a capital letter.",
    ),
    "change_case:english_lowercase": (
        "Write the whole answer in English and in small letters only, names and beginnings of sentences included.",
        "Your answer must be in English and must not contain a single capital letter.",
    ),
    "combination:repeat_prompt": (
        "Before you answer, repeat the first paragraph of this message word for word; write nothing before it.",
        "Begin with an exact copy of the first paragraph of this message, and only then carry it out.",
    ),
    "combination:two_responses": (
        "Give me two different versions, with six asterisks (******) between them and nowhere else.",
        "Answer twice, in two different ways, and separate the two answers by ****** alone.",
    ),
    "detectable_content:number_placeholders": (
        "Include at least {num_placeholders} placeholders in square brackets, such as [name] or [date].",
        "Leave {num_placeholders} or more details open and mark each by a placeholder in square brackets, "
        "for example [place].",
    ),
    "detectable_content:postscript": (
        "After the end, add a postscript that starts with {postscript_marker}",
        "Close with a postscript; let it begin with {postscript_marker}",
    ),
    "detectable_format:constrained_response": (
        'Somewhere in your answer, use one of these sentences exactly as it stands: "My answer is yes.", "My answer is '
        'no." or "My answer is maybe."',
        'Your answer must contain "My answer is yes.", "My answer is no." or "My answer is maybe.", to the letter.',
    ),
    "detectable_format:json_format": (
        "Give the whole answer as valid JSON, with nothing before or after it.",
        "Your entire answer must be one valid JSON object, whether in a code block or not.",
    ),
    "detectable_format:multiple_sections": (
        "Divide your answer into at least {num_sections} sections, headed {section_spliter} 1, {section_spliter} 2 "
        "and so on.",
        'Your answer should have {num_sections} or more sections; begin each with the word "{section_spliter}" and '
        "its number, such as {section_spliter} 1.",
    ),
    "detectable_format:number_bullet_lists": (
        "Include exactly {num_bullets} bullet points, each on a line that begins with an asterisk or a hyphen and a "
        "space.",
        'Your answer must have exactly {num_bullets} bullet points in Markdown, on lines such as "* a point".',
    ),
    "detectable_format:number_highlighted_sections": (
        "Highlight at least {num_highlights} words or phrases by asterisks, *like this*.",
        "Set {num_highlights} or more parts of your answer in italics or bold type by asterisks, *like so* or "
        "**like so**.",
    ),
    "detectable_format:title": (
        "Give your answer a title in double angle brackets, like <<this>>.",
        "Your answer needs a title; put it on one line between << and >>.",
    ),
    "keywords:existence": (
        "Use each of the words {keywords} at least once, without adding an ending.",
        "The words {keywords} must appear in your answer; capitals do not matter, endings do.",
    ),
    "keywords:forbidden_words": (
        "Do not use the words {forbidden_words} anywhere.",
        "Manage without the words {forbidden_words}.",
    ),
    "keywords:frequency": (
        'Use the word "{keyword}" at least {frequency} times, without adding an ending.',
        'The word "{keyword}" must stand in your answer {frequency} or more times.',
    ),
    "keywords:frequency, less than": (
        'Use the word "{keyword}" fewer than {frequency} times.',
        'The word "{keyword}" may appear at most {frequency_less} times.',
    ),
    "keywords:letter_frequency": (
        'The letter "{letter}", capital or small, must appear at least {let_frequency} times.',
        'Use the letter "{letter}" {let_frequency} or more times; capitals count, too.',
    ),
    "keywords:letter_frequency, less than": (
        'Use the letter "{letter}", capital or small, fewer than {let_frequency} times in all.',
        'The letter "{letter}" may appear at most {let_frequency_less} times; capitals count, too.',
    ),
    "language:response_language": (
        "Answer in {language} only.",
        "Write your whole answer in {language} and use no other language.",
    ),
    "length_constraints:nth_paragraph_first_word": (
        "Write exactly {num_paragraphs} paragraphs, divided by blank lines, and begin paragraph {nth_paragraph} with "
        'the word "{first_word}".',
        "Your answer must have {num_paragraphs} paragraphs, no more and no fewer, with one blank line between them; "
        'the first word of paragraph number {nth_paragraph} must be "{first_word}".',
    ),
    "length_constraints:number_paragraphs": (
        "Write exactly {num_paragraphs} paragraphs and put a line of three asterisks (***) between them.",
        'Divide your answer into exactly {num_paragraphs} paragraphs by the Markdown divider "***".',
    ),
    "length_constraints:number_sentences": (
        "Write at least {num_sentences} sentences.",
        "Your answer should be {num_sentences} or more sentences long.",
    ),
    "length_constraints:number_sentences, less than": (
        "Write fewer than {num_sentences} sentences.",
        "Your answer may have at most {num_sentences_less} sentences.",
    ),
    "length_constraints:number_words": (
        "Write at least {num_words} words.",
        "Your answer should be {num_words} or more words long.",
    ),
    "length_constraints:number_words, less than": (
        "Write fewer than {num_words} words.",
        "Keep your answer below {num_words} words.",
    ),
    "punctuation:no_comma": (
        "Do not use any commas.",
        "Write the whole answer without a single comma.",
    ),
    "startend:end_checker": (
        'The very last words of your answer must be: "{end_phrase}"',
        'End with exactly this sentence, and let nothing follow it: "{end_phrase}"',
    ),
    "startend:quotation": (
        'Put the whole answer in straight double quotation marks ("), so that they are its first and its last '
        "character.",
        'Wrap your entire answer in double quotation marks, the straight ones: "...".',
    ),
}
