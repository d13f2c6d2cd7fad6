"""Stems for constraints that need one of their own: questions, texts to rewrite, and the occasions of fixed tasks.

Two tables of each: one for the shipped suite, one for what the generator draws, so that the two never share a stem. The
fixed tasks (Europe's capitals, a table of cities, ...) are in their constraint's wording; a stem gives the occasion.
"""

from sfteval.suites.constraints.stems import PASSAGE, QUESTION, Stem, read_stems

OWN_KINDS = {
    "detectable_format:constrained_response": QUESTION,
    "format:options": QUESTION,
    "ratio:overlap": PASSAGE,
    **{
        identifier: identifier
        for identifier in (
            "custom:character_reverse",
            "custom:csv_city",
            "custom:csv_quotes",
            "custom:csv_special_character",
            "custom:date_format_list",
            "custom:european_capitals_sort",
            "custom:mcq_count_length",
            "custom:multiples",
            "custom:reverse_newline",
            "custom:sentence_alphabet",
            "custom:word_reverse",
        )
    },
}

SHIPPED_QUESTIONS = """
sunday-shops: Should small shops be allowed to open on Sundays?
    shops family rest customers town / however obviously
homework: Is homework useful for children of eight?
    homework reading evening parents play / important however
pineapple: Does pineapple belong on a pizza?
    pineapple cheese oven taste tomato / delicious obviously
mars: Will people live on Mars within a hundred years?
    rocket water radiation air settlers / amazing definitely
tomato: Is a tomato a fruit?
    seeds flower kitchen botany salad / actually basically
four-days: Would a working week of four days suit a hospital?
    nurses shifts patients beds Friday / however better
"""
DRAWN_QUESTIONS = """
phones: Should telephones be banned from a classroom?
    pupils lesson teacher pocket break / obviously however
night-trains: Will night trains replace short flights?
    train sleep airport price border / definitely better
whale: Is a whale a fish?
    lungs water mammal calf ocean / actually basically
cash: Should every shop have to accept coins?
    coins card till customers change / however obviously
zoo: Do zoos help wild animals?
    cage visitors habitat young keepers / sad however
handwriting: Does handwriting still matter?
    pen letter keyboard school memory / important basically
lunch: Should school lunches be free?
    lunch taxes kitchen pupils vegetables / obviously important
cars: Should a town centre be closed to cars?
    shops parking bus noise air / however better
"""

SHIPPED_PASSAGES = {
    "pool-notice": "The swimming pool stays closed from Monday to Thursday because the filters are being cleaned. "
    "Season tickets will be extended by four days. The sauna and the small café beside the entrance open as usual.",
    "museum-notice": "Please leave large bags in the lockers on the ground floor before you enter the museum. The "
    "guided tour of the clock collection begins every hour at the foot of the main staircase and takes forty minutes.",
    "garden-notice": "Members who would like a plot near the stream should write their names on the list in the shed "
    "before the end of March. The new water pump may be used in the morning and after six in the evening.",
    "train-notice": "The early train to the coast will leave from the other side of the station during the holidays. "
    "Bicycles can travel in the last carriage, and a bus waits at the harbour for those who go on to the islands.",
}
DRAWN_PASSAGES = {
    "library-notice": "The reading room on the second floor will be painted in August. Until then all newspapers lie "
    "in the entrance hall, where the librarian has put out chairs, a lamp and a kettle for all who like to stay.",
    "market-notice": "On the first Saturday of May the market moves to the square behind the church. Stall holders "
    "find their new places on the plan at the fountain, and vans may drive in until half past seven.",
    "choir-notice": "The choir meets one hour earlier next week, since the hall is needed for a vote in the evening. "
    "Bring the blue song book and something warm to drink, because the heating has not been repaired.",
    "bridge-notice": "Walkers can use the narrow bridge over the mill stream again. The railing is new, the planks "
    "have been treated against frost, and a small sign explains how the old bridge was lost in the flood.",
    "bakery-notice": "Our bakery makes no rye bread on Tuesdays from now on. Whoever orders two loaves on Monday gets "
    "the second one at half price and may choose between poppy seed, caraway and sunflower.",
}

# Each line: what the stem is for: its key: the occasion.
SHIPPED_OCCASIONS = """
custom:character_reverse: backwards-game: We play a game in which every answer is written backwards.
custom:character_reverse: mirror-quiz: I need a mirror-writing answer for a quiz.
custom:csv_city: library-visits: I am testing a program that imports visits to libraries around the world.
custom:csv_city: bird-counts: I need sample data on birds counted in cities.
custom:csv_quotes: report-cards: I am testing the import of school reports.
custom:csv_quotes: grade-sample: My parser for grades needs a tiny sample file.
custom:csv_special_character: toy-stock: I need an invented stock list for a toy shop.
custom:csv_special_character: camping-stock: I am testing the import of a camping shop's goods.
custom:date_format_list: napoleon-timeline: I am drawing a timeline of the Napoleonic wars.
custom:date_format_list: napoleon-cards: I am making history cards about Napoleon.
custom:european_capitals_sort: wall-map: I am labelling a wall map of Europe.
custom:european_capitals_sort: pub-quiz: I am preparing a round of geography for a quiz.
custom:mcq_count_length: bread-test: I need a little test on the history of bread.
custom:mcq_count_length: tree-test: My evening class on trees ends with a short test.
custom:multiples: counting-song: I am writing a counting song for children.
custom:multiples: week-count: I want to count in weeks, that is in sevens.
custom:reverse_newline: africa-yard: We are painting a huge map on a school yard.
custom:reverse_newline: africa-index: I need the index of an atlas from back to front.
custom:sentence_alphabet: harbour-alphabet: Tell the story of a cat that lives in a harbour.
custom:sentence_alphabet: kitchen-alphabet: Tell the story of an evening in a restaurant kitchen.
custom:word_reverse: reverse-game: We play a game in which sentences run from back to front.
custom:word_reverse: reverse-riddle: I collect answers whose words stand in reverse.
"""
DRAWN_OCCASIONS = """
custom:character_reverse: spell-evening: At our games evening everybody answers from the last letter to the first.
custom:character_reverse: secret-note: I would like an answer that only a mirror can read.
custom:csv_city: bicycle-rentals: I need invented figures on rented bicycles in cities.
custom:csv_city: concert-visits: I am showing a class how to read a table of concerts by city.
custom:csv_city: rain-days: Please invent a small table of rainy days in cities.
custom:csv_quotes: course-results: I need an invented file with results of language courses.
custom:csv_quotes: exam-import: I am learning how spreadsheets read quoted fields.
custom:csv_quotes: tutor-list: My tutoring list needs three invented entries.
custom:csv_special_character: garden-stock: I need an invented stock list for a garden centre.
custom:csv_special_character: music-stock: I am testing the import of a music shop's goods.
custom:csv_special_character: kitchen-stock: Please invent the stock of a kitchen shop.
custom:date_format_list: napoleon-essay: I am writing an essay on Napoleon's campaigns.
custom:date_format_list: napoleon-museum: Our museum sorts its prints of battles by date.
custom:european_capitals_sort: weather-map: I am drawing a weather map of Europe.
custom:european_capitals_sort: atlas-page: I am checking a page of an atlas.
custom:mcq_count_length: rivers-test: I need a little test on rivers.
custom:mcq_count_length: clock-test: My course on clocks ends with a short test.
custom:mcq_count_length: spice-test: I would like a quiz about spices.
custom:multiples: stairs-count: I count stairs in sevens.
custom:multiples: drum-count: Our drum group counts in sevens.
custom:reverse_newline: africa-quiz: I am preparing a quiz about Africa.
custom:reverse_newline: africa-stamps: I am sorting stamps from Africa from the back of the album.
custom:sentence_alphabet: train-alphabet: Tell the story of a train that stops in the snow.
custom:sentence_alphabet: market-alphabet: Tell the story of a thief at a market.
custom:sentence_alphabet: school-alphabet: Tell the story of the first day at a new school.
custom:word_reverse: backward-letter: I am writing a letter in which every sentence runs backwards.
custom:word_reverse: word-puzzle: I make puzzles out of sentences whose words stand in reverse.
"""
NOTICE = 'Rewrite this notice so that it sounds friendlier: "{passage}"'


def _own(questions: str, passages: dict[str, str], occasions: str) -> tuple[Stem, ...]:
    notices = (
        Stem(key, NOTICE.format(passage=passage), kind=PASSAGE, passage=passage) for key, passage in passages.items()
    )
    return (*read_stems(questions, QUESTION), *notices, *map(_occasion, occasions.split("\n")[1:-1]))


def _occasion(line: str) -> Stem:
    kind, key, request = line.split(": ", 2)
    return Stem(key, request, kind=kind)


SHIPPED_OWN = _own(SHIPPED_QUESTIONS, SHIPPED_PASSAGES, SHIPPED_OCCASIONS)
DRAWN_OWN = _own(DRAWN_QUESTIONS, DRAWN_PASSAGES, DRAWN_OCCASIONS)
