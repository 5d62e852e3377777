"""
Which words make a line a statement: English verb forms, without a tagger.

A list of verbs and a look at the neighbouring words is enough to tell
``Allies fast-track missile co-production`` from ``Expanding Partnerships``.
Where both readings are likely, a line counts as no statement.
"""

import re
from collections.abc import Sequence


def word_set(listing: str) -> frozenset[str]:
    """Read a set of words from *listing*, where white space parts them."""
    return frozenset(listing.split())


# Verbs that are seldom nouns: any finite form of them makes a statement.
_VERBS = word_set(
    """
accept accuse achieve acknowledge acquire adapt add admit adopt affirm agree allege allow
amplify announce appear appoint approve argue arrive ask assert assign assure attend avoid await
back believe bolster cancel cite collapse combat complain complete concede conclude condemn
conduct confirm confront consider contain continue contribute convict cooperate create criticize
decide declare deepen defend defy deliver deny deploy describe deserve destroy detain deter
develop die disclose discover discuss dismiss dominate donate echo elect eliminate embrace
emerge emphasize enable encourage endorse enhance enjoy enter erupt establish evacuate examine
exceed expand expect expel explain explode explore expose extend fail fast-track finalize foil
follow forge gather generate happen hire identify ignore impose improve inaugurate include
indicate injure insist inspect intensify introduce invade invest investigate invite involve join
kill learn maintain manage marry merge mourn negotiate nominate obtain occur oppose possess
postpone praise predict prefer prepare prevent proceed produce prohibit propose prosecute
protect prove provide publish reaffirm reassure receive recognize recommend recover reduce
refuse reinforce reject rely remain remember remind remove replace require resign resist resolve
respond restore resume retain retire reveal reward save secure seem seize serve settle slam
solve streamline strengthen succeed sue suffer suggest survive suspend threaten tighten
transform triple undermine underscore unveil urge violate vow warn weaken widen worsen
    """
)

# Verbs that are nouns as often; their place among other words decides.
_NOUN_VERBS = word_set(
    """
address advance aim answer appeal approach arrest attack ban benefit blame block boost call cap
cause challenge change charge claim close control cost counter cover crash crush cut damage
dance deal debate decline delay demand design dispute double doubt drive drop ease effect end
escape estimate experience express face favor fight file fire focus force form fuel gain grant
guard halt head help highlight hit hold honor hope host impact increase issue joke jump lack
land launch lead lift limit link list look mark match move name need note offer open order
outline plan play pledge plunge poll praise present press probe promise protest pull purchase
push question raise range rank rate reach record release rent report rescue result return
reverse review rise risk rule run sanction scrap search sentence shape share shift show sign
signal slash slip soar spark split stand start state stay step stop stress strike struggle study
support surge suspect sweep swing talk target test tie tour track trade train transfer trend
trigger try turn upgrade use value view visit voice vote wait walk want watch welcome win work
wound
    """
)

_PAST = word_set(
    """
arose ate became began bet bit blew bore bought broke brought built came caught chose cost did
drew drove fell felt fled flew forgot fought found froze gave got grew had heard held hit hurt
kept knew laid led left lent lost made meant met outgrew overcame oversaw paid put quit ran rose
said sang sat saw sent set shook shot showed shrank shut slept sold sought spent spoke sprang
stole stood struck stuck swam swept swore taught thought threw told took tore undertook
underwent was went were withdrew woke won wore wrote
    """
)

# Past tenses that news mostly uses as nouns or adjectives: they may be verbs, and prove nothing.
_OTHER_PAST = word_set(
    """
beat bound bred burst cast clung crept dealt dug fed fit fought grew hid hung live leapt lit rode
sank shed slid spat split spread spun stung swung thrust wept wove
    """
)

_PRESENT_IRREGULAR = word_set(
    """
becomes begins brings builds buys chooses comes draws eats faces falls feels fights finds flees gets
gives goes grows hears keeps knows leaves lends lets lies loses makes means meets oversees pays puts
reads rejects says sees seeks sells sends shoots sings sits speaks spends steals strikes takes
teaches tells thinks throws undergoes wants wears wins withdraws writes
    """
)

_AUXILIARIES = word_set(
    """
am are aren't can can't cannot could couldn't did didn't do does doesn't don't had hadn't has
hasn't have haven't he'd he'll he's i'd i'll i'm i've is isn't it'll it's might must mustn't
shall she'd she'll she's should shouldn't that's there's they'd they'll they're they've was
wasn't we'd we'll we're we've were weren't will won't would wouldn't you'll you're you've
    """
)

_DETERMINERS = word_set("a an the this that these those his her its their our my your no")
_LINKS = word_set(
    """
    of in on at by for with from to into onto over under about between among amid amidst against
    through via after before during since until toward towards within without around near as than
    and or but nor
    """
)
_PRONOUNS = word_set("he she it they we i you who")
# What may follow a verb, and seldom follows a participle that describes a noun.
_AFTER_VERB = _DETERMINERS | (_LINKS - {"and", "or"}) | _PRONOUNS | {"not", "all", "both", "more"}
_QUESTION_WORDS = word_set("what how why who whom whose which when where")

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def _third_person(stem: str) -> str:
    """Build "carries" from "carry", "focuses" from "focus"."""
    if stem.endswith(("s", "x", "z", "ch", "sh")):
        return stem + "es"
    if stem.endswith("y") and stem[-2] not in "aeiou":
        return stem[:-1] + "ies"
    return stem + "s"


_THIRD_PERSON = frozenset(map(_third_person, _VERBS)) | _PRESENT_IRREGULAR
_THIRD_PERSON_OF_NOUNS = frozenset(map(_third_person, _NOUN_VERBS))
_NOUN_VERB_FORMS = _THIRD_PERSON_OF_NOUNS | _NOUN_VERBS
_INFINITIVES = _VERBS | _NOUN_VERBS
# Adjectives and nouns that only look like a past tense.
_NOT_PAST = word_set(
    "hundred united sacred indeed speed need seed feed breed red armed advanced limited"
)


def list_words(text: str) -> list[str]:
    """List the words of *text* in lower case, typographic apostrophes made plain."""
    return _WORD.findall(text.lower().replace("’", "'"))


def _is_past(words: Sequence[str], at: int, *, headline: bool) -> bool:
    """Tell a past tense from a participle that describes a noun, by its neighbours."""
    word = words[at]
    regular = word.endswith("ed") and len(word) > 4 and word not in _NOT_PAST
    if at == 0 or not (regular or word in _PAST):
        return False
    before = words[at - 1]
    if before in _DETERMINERS or before in _LINKS:
        return False
    if before.endswith("ly"):  # "newly created command", but "quickly changed its route"
        return at + 1 < len(words) and words[at + 1] in _DETERMINERS
    if headline or at + 1 == len(words) or before in _PRONOUNS:
        return True
    after = words[at + 1]
    return after in _AFTER_VERB or after[0].isdigit()


def _is_noun_verb(words: Sequence[str], at: int, *, headline: bool) -> bool:
    """Tell "posture targets islands" from "Philippines Stop and Commitments"."""
    if words[at] not in _NOUN_VERB_FORMS or not 0 < at < len(words) - 1:
        return False
    before, after = words[at - 1], words[at + 1]
    if before in _DETERMINERS or before in _LINKS or after in ("and", "or", "of", "in"):
        return False
    to_do = after == "to" and any(word in _INFINITIVES for word in words[at + 2 : at + 3])
    return headline or before in _PRONOUNS or after in _DETERMINERS or to_do


def _is_finite(words: Sequence[str], at: int, *, headline: bool) -> bool:
    word = words[at]
    if word in _AUXILIARIES:
        return True
    before = words[at - 1] if at else ""
    free = before not in _DETERMINERS and before not in _LINKS
    if word in _THIRD_PERSON:
        return free
    if word in _VERBS and at and free:
        return headline or before == "also"
    if headline and word == "to" and at:  # "Ellen DeGeneres To Host Oscars"
        return any(after in _INFINITIVES for after in words[at + 1 : at + 2])
    return _is_past(words, at, headline=headline) or _is_noun_verb(words, at, headline=headline)


def is_verb_form(word: str) -> bool:
    """Tell a word in lower case that is a finite verb where a noun would need a plural."""
    known = word in _AUXILIARIES or word in _THIRD_PERSON or word in _PAST
    return known or word in _THIRD_PERSON_OF_NOUNS


def is_base_verb(word: str) -> bool:
    """Tell a word in lower case that can follow "to" as a verb."""
    return word in _INFINITIVES


def could_be_verb(word: str) -> bool:
    """Tell whether *word*, in lower case, has a form that a finite verb can have."""
    known = word in _AUXILIARIES or word in _INFINITIVES or word in _PAST | _OTHER_PAST
    return known or word.endswith(("s", "ed")) or word in _PRESENT_IRREGULAR


def is_statement(text: str, *, headline: bool = False) -> bool:
    """
    Tell whether *text*, a line without closing punctuation, says that something is so.

    *headline* reads doubtful words as verbs, as headlines and key points are
    mostly statements; section headings and list labels are mostly not.

    >>> is_statement("Command restructuring aims to cut response time by 40%")
    True
    >>> is_statement("Implications for US-China Relations", headline=True)
    False
    """
    words = list_words(text)
    if len(words) < 3 or words[0] in _QUESTION_WORDS:
        return False
    return any(_is_finite(words, at, headline=headline) for at in range(len(words)))
