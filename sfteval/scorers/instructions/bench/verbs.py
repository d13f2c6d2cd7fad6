"""Is this English word a verb? A list of verbs that open answers, and the regular endings; an approximation.

A word that is a noun as often ("answer", "title") is left out, and so are the modals, which the tagger calls something
else. Does not know where in a text the word stands.
"""

from sfteval.scorers.instructions.bench.vocabulary import listed

BASES = listed(
    "accept access achieve acknowledge acquire act adapt add address adjust admire admit adopt advance advise agree "
    "aim align allocate allow analyse analyze announce anticipate apologize appear apply appoint appreciate approach "
    "approve argue arise arrange arrive articulate ask assemble assert assess assign assist assume attach attain "
    "attend attract avoid await awake bake balance be bear beat become beg begin behold believe belong bend bind "
    "blend bless boil boost borrow bound break brew bring broaden brush build burn bury buy calculate call capture "
    "care carry carve cast catch celebrate challenge check cherish chill choose chop cite claim clarify classify "
    "clean climb close coat collaborate collect combine come commence communicate compare compile complete compose "
    "compute conceive concentrate conclude conduct confirm connect consider consist construct consult contain "
    "contemplate continue contribute convert convey convince cook cool cooperate coordinate cover craft create cross "
    "crush cultivate cut dance dare debate decide declare decode decrease deduce deepen define delight deliver delve "
    "demonstrate deny depend depict derive describe deserve design destroy detail detect determine develop devise "
    "dice differ differentiate dig diminish dip direct discover discuss display distinguish distribute dive divide do "
    "doubt draft drain draw dream drift drink drive drop dry dust earn eat edit educate elaborate eliminate embark "
    "embody embrace emerge emphasize employ empower enable encounter encourage engage enhance enjoy ensure enter "
    "entertain envision equip escape establish estimate evaluate evolve examine excel execute exist expand expect "
    "experience experiment explain exploit explore expose express extend extract face facilitate fall familiarize "
    "fasten feel fetch fight fill filter find finish fit fix fly focus fold follow forget forgive form formulate "
    "foster fry gain garnish gather gaze generate get give glue go govern grab grasp grate grease greet grill grind "
    "grow guess guide handle hang happen harness harvest have hear heat heighten help hide highlight hold hope "
    "identify ignite ignore illuminate illustrate imagine implement imply improve include incorporate increase "
    "indicate infer influence inform initialize initiate inquire insert inspect inspire install integrate interpret "
    "introduce invent invest investigate invite involve isolate join journey judge jump justify keep knead knit know "
    "label last launch lay lead lean leap learn leave lend let leverage lie lift listen live load locate look lose "
    "love maintain make manage manifest map marinate mash master maximize mean measure meditate meet melt mention "
    "merge mince mind minimize mix modify monitor motivate mourn move mow multiply navigate need negotiate nest note "
    "notice nourish nurture observe obtain occur offer open operate optimize orchestrate organize outline overcome "
    "oversee own pack paint participate pass paste pay peel perceive perform permit persist persuade pick picture "
    "place plan plant play please plunge polish ponder pose possess pour practice praise pray predict prefer preheat "
    "prepare present preserve press pretend prevent prioritize proceed process produce promote propose protect prove "
    "provide prune publish pull purchase pursue push put quantify question quote raise reach read realize rearrange "
    "rebuild recall receive recite recognize recommend reconsider record recover reduce refer refine reflect refrain "
    "regard reheat reject rejoice relate relax release rely remain remember remind remove render repeat replace "
    "report represent request require research resist resolve respect respond rest restore retain rethink return "
    "reveal review revise revisit revolutionize rewrite ride rinse rise roast roll rub run satisfy save say scan "
    "scatter schedule scoop scrape scrub search secure see seek seem select sell send separate serve set settle sew "
    "shake shape share shift shine show sift sign simmer simplify simulate sing sit sketch slay sleep slice soak "
    "solve sort sow speak specify spend spread sprinkle squeeze stack stand start state stay steam step stir stop "
    "store strain strengthen stretch strive struggle study submit substitute succeed suggest summarize summon support "
    "suppose surrender survive sustain sweep swim tackle tailor take talk target teach tell tend test thank think "
    "thrive throw tie tighten toast toss touch trace track train transcend transform translate travel treat trim "
    "trust try turn uncover understand undertake unearth unfold unify unite unleash unlock unpack unravel unveil "
    "update upgrade uphold urge use utilize validate value vary venture verify view visit visualize wait wake walk "
    "wander want warn wash watch weave weigh welcome whip whisk win wipe wish witness wonder work worry wrap write "
    "yield"
)
IRREGULAR = listed(
    "is am are was were been being has had having does did done went gone came became began begun broke broken "
    "brought built bought caught chose chosen drew drawn drove driven ate eaten fell fallen felt found flew flown "
    "forgot forgotten gave given got grew grown heard held hid hidden kept knew known laid led left lost made meant "
    "met paid ran rose risen said sat saw seen sent shone shown sang sung slept sold sought spent spoke spoken "
    "stood struck taught thought threw thrown told took taken understood woke wore worn woven won wrote written "
    "lying dying"
)
NOUNS_IN_ING = listed(
    "anything building ceiling during evening everything king morning nothing ring sibling something spring string "
    "thing wing"
)


def is_verb(word: str) -> bool:
    """Tell whether a word is a verb, in any of its forms."""
    word = word.lower().replace("’", "'").removesuffix("n't").split("'")[0]
    if word in BASES or word in IRREGULAR:
        return True
    if word in NOUNS_IN_ING:
        return False
    if word.endswith("ing") and len(word) > 5:
        return True
    return any(_is_base(word[: -len(ending)]) for ending in ("s", "es", "d", "ed") if word.endswith(ending))


def _is_base(stem: str) -> bool:
    """Accept "studi" for "study" and "stopp" for "stop"."""
    doubled = stem[:-1] if stem[-1:] == stem[-2:-1] else ""
    return stem in BASES or doubled in BASES or (stem.endswith("i") and f"{stem[:-1]}y" in BASES)
