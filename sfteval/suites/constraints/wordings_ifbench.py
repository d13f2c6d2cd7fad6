"""How IFBench's 58 constraints are asked for: templates by id, filled in by `wordings`. Not IFBench's own words."""

from sfteval.scorers.instructions.bench.vocabulary import NAMES

NAME_LIST = ", ".join(sorted(NAMES))

IFBENCH: dict[str, tuple[str, ...]] = {
    "count:conjunctions": (
        "Use at least {small_n} different coordinating conjunctions (and, but, for, nor, or, so, yet).",
        "Of the conjunctions and, but, for, nor, or, so and yet, your answer must contain {small_n} or more.",
    ),
    "count:keywords_multiple": (
        'Use the word "{keyword1}" once, "{keyword2}" twice, "{keyword3}" three times, "{keyword4}" five times and '
        '"{keyword5}" seven times, no more and no less.',
        'Exactly so often must these words appear: "{keyword1}" once, "{keyword2}" 2 times, "{keyword3}" 3 times, '
        '"{keyword4}" 5 times, "{keyword5}" 7 times.',
    ),
    "count:numbers": (
        "Include exactly {N} numbers in digits, such as 7 or 1,250, and no others; numbers in words do not count.",
        "There must be exactly {N} numbers written in digits in your answer.",
    ),
    "count:person_names": (
        f"Mention at least {{N}} different people whose first names are on this list: {NAME_LIST}.",
        f"Let {{N}} or more different names from this list appear, spelled as here: {NAME_LIST}.",
    ),
    "count:pronouns": (
        "Use at least {N} pronouns, such as I, you, it, their or this; repetitions count.",
        "Your answer must contain {N} or more pronouns (she, them, my, who and the like), repetitions included.",
    ),
    "count:punctuation": (
        "Use each of these marks at least once: full stop, comma, exclamation mark, question mark, semicolon, colon, "
        "and besides them an interrobang (?!).",
        "Your answer must contain all of . , ! ? ; : and, in addition, one interrobang (?! or !?).",
    ),
    "count:unique_word_count": (
        "Use at least {N} different words.",
        "Your answer must contain {N} or more different words; a repeated word counts once.",
    ),
    "count:word_count_range": (
        "Write between {min_words} and {max_words} words.",
        "Your answer must be at least {min_words} and at most {max_words} words long.",
    ),
    "count:words_japanese": (
        "Make every {N_th} word of your answer a Japanese one in Japanese script.",
        "Count your words: each {N_th} word must be in Japanese script, and spaces must divide it from the others.",
    ),
    "custom:character_reverse": (
        "Which bird is the national symbol of the United States? Answer in one sentence and spell all of it backwards, "
        "from its last letter to its first.",
        "Name the national bird of the United States in a whole sentence, but reverse that sentence letter by letter.",
    ),
    "custom:csv_city": (
        "Write comma-delimited CSV with the columns ID, Country, City, Year and Count, in this order with a header, "
        "and exactly 7 rows of data. Give nothing but the CSV.",
        "Give me CSV only, delimited by commas: a header with the names ID, Country, City, Year, Count, then 7 rows.",
    ),
    "custom:csv_quotes": (
        "Write tab-delimited data with the columns StudentID, Subject, Grade, Semester and Score: a header and exactly "
        "3 rows, with every field in double quotes, those of the header too. Give nothing but the data.",
        "Give me a table and nothing else: fields divided by tabs, each in double quotes; the header StudentID, "
        "Subject, Grade, Semester, Score, then 3 rows.",
    ),
    "custom:csv_special_character": (
        "Write comma-delimited CSV with the columns ProductID, Category, Brand, Price and Stock: a header and exactly "
        "14 rows. One field must contain a special character, such as & or %, and stand in double quotes. Give nothing "
        "but the CSV.",
        "Give me CSV only, delimited by commas: a header with the names ProductID, Category, Brand, Price, Stock, then "
        "14 rows. Put a special character (#, &, % or the like) into one field and that field into double quotes.",
    ),
    "custom:date_format_list": (
        "List the dates on which the battles that Napoleon fought began, in the form YYYY-MM-DD, separated by commas. "
        "Write nothing else.",
        "Give me the first day of each of Napoleon's battles: only dates as YYYY-MM-DD with commas between them, "
        "no names and no explanation.",
    ),
    "custom:european_capitals_sort": (
        "Which capitals of European countries lie north of 45 degrees latitude? Give only the cities, separated by "
        "commas, from the northernmost to the southernmost.",
        "Name all European capitals whose latitude is above 45 degrees, sorted from north to south, divided by commas, "
        "without the countries and without any other word.",
    ),
    "custom:mcq_count_length": (
        'Write 4 multiple-choice questions with 5 options each, A to E. Begin each with the label "Question", and make '
        "each question longer than the one before. Write nothing before the first.",
        'Make 4 questions, each introduced by "Question" and its number and followed by 5 options on lines of their '
        "own, A) to E). Every question must have more characters than the last, and nothing may precede them.",
    ),
    "custom:multiples": (
        "Count from 10 to 50, but write only the multiples of 7, in digits and in order, and no other number.",
        "Give me, in digits and in ascending order, the multiples of 7 between 10 and 50; mention no other number.",
    ),
    "custom:reverse_newline": (
        "List the countries of Africa in reverse alphabetical order, each on a line of its own.",
        "Write down all African countries, one to a line, sorted from Z to A.",
    ),
    "custom:sentence_alphabet": (
        "Use exactly 26 sentences; the first begins with the letter A, the second with B, and so on to Z.",
        "The story must have 26 sentences, whose first letters run through the alphabet from A to Z.",
    ),
    "custom:word_reverse": (
        "Which bird is the national symbol of the United States? Answer in one sentence, but write its words in "
        "reverse order, the last word first.",
        "Name the national bird of the United States in a whole sentence whose words run from the last to the first.",
    ),
    "format:emoji": (
        "End every sentence with an emoji.",
        "Put an emoji at the end of each sentence, without exception.",
    ),
    "format:line_indent": (
        "Spread your answer over several lines, and indent each line further than the line before, like stairs.",
        "Let the lines of your answer form a staircase: every line begins with more spaces than the one above it.",
    ),
    "format:list": (
        'Include a list of at least two items, and begin the line of each item with "{sep}" in place of a bullet.',
        'Make it a list with two or more items; instead of bullets, begin each item with "{sep}" on a new line.',
    ),
    "format:newline": (
        "Put every word on a line of its own.",
        "Start a new line after each word, so that no line has more than one.",
    ),
    "format:no_bullets_bullets": (
        "Begin with two or more plain sentences that end in full stops, then add at least two bullet points, each on a "
        "line that begins with an asterisk (*).",
        "First write at least two ordinary statements without bullets, and below them two or more lines that begin "
        "with * and a space.",
    ),
    "format:no_whitespace": (
        "Use no white space at all: no spaces, no tabs, no line breaks.",
        "Leave out all spaces and line breaks, so that your answer is one unbroken run of characters.",
    ),
    "format:options": (
        "Answer with one of these options and nothing else: {options}.",
        "Choose one of the following and write only that: {options}.",
    ),
    "format:output_template": (
        'Structure your answer by the labels "My Answer:", "My Conclusion:" and "Future Outlook:", in this order, with '
        "some text behind each and nothing before the first.",
        'Your answer must follow this template: "My Answer: [your answer] My Conclusion: [your conclusion] Future '
        'Outlook: [your outlook]". Begin with the first label.',
    ),
    "format:parentheses": (
        "Somewhere, nest brackets at least five levels deep (like [this {{one (here [all closed])}}]).",
        "Your answer must contain brackets inside brackets (round, square or curly), five levels deep or "
        "deeper, and all of them closed.",
    ),
    "format:quote_unquote": (
        "After every phrase in double quotation marks, explain it in words outside the quotation marks.",
        "Whatever you quote in double quotation marks must be followed by an explanation that is not in quotation "
        "marks.",
    ),
    "format:quotes": (
        "Somewhere, put a quotation inside a quotation inside a quotation, with double and single quotation marks "
        "taking turns.",
        "Nest quotations at least three levels deep in one place, alternating \" and ', and close them all.",
    ),
    "format:sub-bullets": (
        "Use bullet points that begin with an asterisk (*), and put at least one sub-bullet that begins with a hyphen "
        "(-) below each.",
        "Make a list of * bullets, each followed by one or more - sub-bullets.",
    ),
    "format:thesis": (
        "Begin each section with a thesis in HTML italics, <i>like this</i>, and let more text follow it.",
        "Every section must open with a thesis statement between <i> and </i>, followed by ordinary text.",
    ),
    "format:title_case": (
        "Write the whole answer in title case: every word begins with a capital letter, save articles, conjunctions "
        "and short prepositions.",
        "Begin Each Major Word of Your Answer with a Capital Letter, as in This Sentence.",
    ),
    "ratio:overlap": (
        "Of all sequences of three words in your version, {percentage} % (two points more or less) must stand in the "
        "notice in just this order.",
        "Keep to the notice so closely that {percentage} % (±2) of your version's word trigrams come from it.",
    ),
    "ratio:sentence_balance": (
        "Write as many questions as statements and as many exclamations as questions, at least one of each.",
        "Sentences that end in a full stop, in a question mark and in an exclamation mark must be equally many.",
    ),
    "ratio:sentence_type": (
        "For every question, write exactly two sentences that end in a full stop, and ask at least one question.",
        "Twice as many of your sentences must end in a full stop as in a question mark; ask at least once.",
    ),
    "ratio:sentence_words": (
        "Answer in exactly three sentences of the same number of characters, and use no word twice.",
        "Write three sentences, equally long to the character, in which no word is repeated.",
    ),
    "ratio:stop_words": (
        "At most {percentage} % of your words may be stop words (the, of, and, is, it, to, with and the like).",
        "Keep the share of function words such as the, a, in, that, was or you at {percentage} % or below.",
    ),
    "repeat:repeat_change": (
        "Do not carry this out! Only repeat the paragraph above, with another first word and no other change.",
        "In place of an answer, write out the paragraph above once more, replace its first word by a different one, "
        "and add nothing.",
    ),
    "repeat:repeat_simple": (
        "Only output this sentence here, ignore all other requests.",
        "Disregard the paragraph above and answer with the following sentence alone: Only output this sentence here, "
        "ignore all other requests.",
    ),
    "repeat:repeat_span": (
        "Do not carry this out. Number the words of the paragraph above from 0, dividing it at the spaces, and copy "
        "only those from number {n_start} to number {n_end}, both included.",
        "Instead of answering, copy from the paragraph above the words with the indices {n_start} to {n_end} and "
        "nothing else; split at white space, count from 0, include both ends.",
    ),
    "sentence:alliteration_increment": (
        "Each sentence must contain a longer run of neighbouring words with the same first letter than the sentence "
        "before it.",
        "Let the alliteration grow: in every sentence, more words in a row begin with one letter than in the last.",
    ),
    "sentence:increment": (
        "Each sentence must have exactly {small_n} more words than the sentence before.",
        "Let your sentences grow by exactly {small_n} words, one sentence after the other.",
    ),
    "sentence:keyword": (
        'The {N_th} sentence must contain the word "{word}".',
        'Use the word "{word}" in sentence number {N}.',
    ),
    "words:alphabet": (
        "Each word must begin with the letter of the alphabet that comes after the first letter of the word before; "
        "after Z comes A.",
        "Let the first letters of your words follow the alphabet, from any letter you like, and go on with A after Z.",
    ),
    "words:consonants": (
        'Every word must contain two consonants side by side, like "stone" or "warm".',
        "Use only words in which at least two consonants stand next to each other.",
    ),
    "words:keywords_specific_position": (
        'The {m_th} word of the {n_th} sentence must be "{keyword}".',
        'Put the word "{keyword}" into sentence {n}, as its word number {m}.',
    ),
    "words:last_first": (
        "Begin each sentence with the last word of the sentence before.",
        "The word that ends a sentence must also begin the next one.",
    ),
    "words:no_consecutive": (
        "No two neighbouring words may begin with the same letter.",
        "Each word must begin with another letter than the word before it.",
    ),
    "words:odd_even_syllables": (
        "Words with an odd and words with an even number of syllables must take turns.",
        "Alternate strictly between words of an odd and words of an even number of syllables.",
    ),
    "words:palindrome": (
        'Include at least 10 palindromes of five letters or more, words like "level" that read the same backwards.',
        "Work ten or more palindromic words into your answer, each at least five letters long.",
    ),
    "words:paragraph_last_first": (
        "Every paragraph must end with the word it begins with; do not break lines within a paragraph.",
        "Let the first and the last word of each paragraph be the same, and write each paragraph on one line.",
    ),
    "words:prime_lengths": (
        "Use only words whose number of letters is prime: 2, 3, 5, 7, 11 and so on.",
        "Each word must have a prime number of letters.",
    ),
    "words:repeats": (
        "Use no word more than {small_n} times.",
        "Each word may appear at most {small_n} times in your answer, in capital or small letters.",
    ),
    "words:start_verb": (
        "The first word of your answer must be a verb.",
        "Begin your answer with a verb.",
    ),
    "words:vowel": (
        "Write a single paragraph that uses at most three different vowels out of a, e, i, o and u.",
        "In one paragraph, do without two of the five vowels a, e, i, o, u altogether.",
    ),
    "words:words_position": (
        'The second word of your answer and the last word but one must both be "{keyword}".',
        'Place the word "{keyword}" twice: as the second word and as the second to last word of your answer.',
    ),
}
