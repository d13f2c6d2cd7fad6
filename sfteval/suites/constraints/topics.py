"""The open stems that the generator composes: each form with each topic, none of them in the shipped suite.

A topic is a gerund, so that every form can take it; a form is a request with a place for the topic. Their product is
what a practice set is drawn from.
"""

from sfteval.suites.constraints.stems import Stem, read_stems

FORMS = {
    "letter": "Write a letter to a friend who is thinking of {topic}.",
    "advice": "Give a beginner some advice on {topic}.",
    "story": "Write a story about somebody who ends up {topic}.",
    "mistakes": "Describe the mistakes that people make when {topic}.",
    "dialogue": "Write a dialogue in which two colleagues talk about {topic}.",
    "diary": "Write a diary entry about a day spent {topic}.",
    "plan": "Draw up a plan for {topic} within one month.",
    "speech": "Write a speech about the pleasures of {topic}.",
    "review": "Write a review of an evening course on {topic}.",
    "poem": "Write a poem about {topic}.",
    "ways": "Compare two ways of {topic}.",
    "news": "Write an article for a local newspaper about a family that is known for {topic}.",
    "blog": "Write the opening of a blog post on {topic}.",
    "invitation": "Write an invitation to an afternoon of {topic}.",
}

TOPICS = """
piano: moving a piano
    piano stairs strap doorway muscles / heavy careful
bees: keeping bees on a flat roof
    bees roof honey smoker frames / amazing nature
kite: building a kite
    kite string paper bamboo wind / fun easy
pickles: pickling vegetables
    jars vinegar cucumbers salt cellar / delicious simply
mushrooms: looking for mushrooms
    mushrooms basket forest knife moss / dangerous careful
clock: repairing an old clock
    clock spring gears screwdriver pendulum / patience simply
choir-lead: leading a choir
    choir songs piano breath concert / beautiful together
canoe: travelling by canoe
    canoe paddle river tent rapids / adventure amazing
quilt: sewing a quilt
    quilt needle cotton squares thread / patience beautiful
stamps: collecting stamps
    stamps album tweezers countries auction / rare fascinating
bread: baking bread for a whole street
    bread flour oven neighbours dawn / delicious fresh
pond: digging a garden pond
    pond spade frogs liner plants / easy nature
chess: playing chess by post
    chess postcard pawn board weeks / slow patience
birds: watching birds in a city
    birds binoculars park notebook nests / quiet beautiful
bus-drive: driving a school bus
    bus children mirror brakes timetable / safe careful
theatre: staging a play in a barn
    barn stage actors lamps costumes / exciting fun
bicycle-trip: crossing a country by bicycle
    bicycle tyre map hills tent / amazing tired
cheese: making cheese at home
    milk rennet cheese cellar cloth / delicious easy
radio: running a small radio station
    microphone studio music listeners weather / exciting voice
snow: building a house of snow
    snow blocks saw door candle / cold fun
photos: sorting a lifetime of photographs
    photographs boxes album dates family / memories finally
market-stall: selling flowers at a market
    flowers bucket stall coins morning / beautiful fresh
train-model: building a model railway
    rails tunnel engine glue village / hobby patience
sheep: looking after sheep for a week
    sheep fence dog hay gate / cute funny
translate: translating a family cookbook
    recipes dictionary grandmother spices words / difficult love
marathon: training for a first marathon
    shoes miles water weeks finish / hard goal
cellar: clearing out a cellar
    boxes shelf dust lamp skip / mess finally
sail: learning to sail
    sail rope wind harbour boat / freedom scary
puppets: making puppets from wood
    puppets wood strings paint knife / magical fun
night-walk: leading walks at night
    lantern owl path stars group / dark scary
soup: cooking soup for a hundred people
    soup pot onions ladle bowls / delicious huge
wall: painting a mural on a school wall
    wall paint brushes ladder pupils / colorful creative
weather: recording the weather every day
    thermometer rain notebook clouds wind / boring important
furniture: restoring old furniture
    chair varnish glue drawer sandpaper / beautiful patience
language: learning a language from songs
    songs verbs melody notebook accent / easy fun
lake: swimming in a cold lake
    lake towel breath jetty winter / freezing brave
orchard: planting an orchard
    trees spade apples rows rain / patience nature
letters: answering letters from children
    letters stamps questions crayons desk / cute love
bakery-night: working nights in a bakery
    oven dough trays flour dawn / tired delicious
houseboat: living on a houseboat
    boat canal stove rope ducks / freedom romantic
"""


def _composed() -> tuple[Stem, ...]:
    topics = tuple(read_stems(TOPICS))
    return tuple(
        Stem(f"{form}-{topic.key}", request.format(topic=topic.request), topic.words, topic.avoid)
        for topic in topics
        for form, request in FORMS.items()
    )


COMPOSED: tuple[Stem, ...] = _composed()
