"""English words by kind, for rules that would otherwise need a corpus or a tagger; short lists, and approximations.

Does not know which constraint asks. The names are part of IFBench's prompt; the pronouns are the kinds it counts.
"""


def listed(words: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(words.split())


CONJUNCTIONS = listed("and but for nor or so yet")
PRONOUNS = listed(
    "i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself she her "
    "hers herself it its itself they them their theirs themselves this that these those who whom whose which what "
    "whoever whomever whichever whatever anybody anyone anything everybody everyone everything nobody nothing "
    "somebody someone something all any both each either neither none some"
)
NAMES = listed(
    "Emma Liam Sophia Jackson Olivia Noah Ava Lucas Isabella Mason Mia Ethan Charlotte Alexander Amelia Benjamin "
    "Harper Leo Zoe Daniel Chloe Samuel Lily Matthew Grace Owen Abigail Gabriel Ella Jacob Scarlett Nathan Victoria "
    "Elijah Layla Nicholas Audrey David Hannah Christopher Penelope Thomas Nora Andrew Aria Joseph Claire Ryan "
    "Stella Jonathan"
)
# Function words: articles, pronouns, auxiliaries, prepositions, conjunctions, quantifiers, and the adverbs that carry
# little; then what an apostrophe leaves behind ("don't" is "don" and "t").
STOP_WORDS = listed(
    "a an the "
    "i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself she her hers "
    "herself it its itself they them their theirs themselves this that these those who whom whose which what "
    "am is are was were be been being do does did doing have has had having can could will would shall should may "
    "might must "
    "about above across after against along among around at before behind below between by down during for from in "
    "into of off on onto out over since through to toward towards under until up upon with within without "
    "and as because but if nor or so than though although unless whether while yet "
    "all any both each either every few more most much neither no none other others own same several some such "
    "again also ever even here how just not now once only quite rather then there too very when where why "
    "d ll m re s t ve don doesn didn isn aren wasn weren won wouldn couldn shouldn hasn haven hadn"
)
# Words that title case may leave small: articles, conjunctions, short prepositions.
MINOR_WORDS = listed(
    "a an the and but or nor for so yet as at by down from if in into like near of off on onto out over per than "
    "that to up upon via vs with within without"
)
