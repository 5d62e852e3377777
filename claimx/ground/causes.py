"""Check that a claim gives no cause and no purpose that its citation does not give."""

from collections.abc import Iterator

from claimx.facts import stem_word
from claimx.ground.clauses import Phrases, find_phrases, phrase_set
from claimx.ground.names import looks_past
from claimx.ground.source import Case, Source
from claimx.records import Flag
from claimx.words import is_base_verb

_CAUSE = phrase_set("""
    because | because of | due to | owing to | thanks to | as a result of | as a consequence of
    on account of | caused | led to | resulted in | resulted from | in response to | triggered by
    caused by | driven by | prompted by
    """)
# Words that may give a cause: one of them in the cited text leaves the claim alone.
_ANY_CAUSE = phrase_set("""
    because | due | owing | thanks | result | results | resulted | resulting | consequence
    consequently | account of | caused | causes | causing | cause | led | leads | leading | lead
    response | trigger | triggered | triggering | driven | drive | prompted | prompting | prompt
    since | as | so | therefore | thus | hence | why | reason | reasons | blame | blamed | blaming
    attributed | attribute | attributing | owe | owes | owed | spark | sparked | sparking | forced
    forcing | force | made | make | making | makes | hit by | hurt by | helped by | boosted by
    thereby | effect | effects | amid | by | for | over | from | out of | given | with
    meant | means | that is why | motivated | factor | contributes | contribute | contributing | stems | stemmed | behind | spurred | fuelled
    fueled | contributed | enabled | allowing | allowed | in light of | in view of | react
    reacted | reaction | responded | left | leaving | brought | to | following
    """)
_WEAK = phrase_set("by | for | over | from | with | as | to | since | so | following | made | make")
_PURPOSE = phrase_set(
    "in order to | so as to | so that | in order that | with the aim of | in a bid to"
)
_ANY_PURPOSE = phrase_set("""
    in order | so as | so that | so | aim | aimed | aims | aiming | bid | purpose | purposes | goal
    intended | intention | intends | plan to | plans to | planned to | designed | want | wants | wanted
    hope | hopes | hoped | hoping | meant to | effort | efforts | attempt | attempts | attempted
    seeking | seeks | sought | try | trying | tried | help | lest | to avoid | to prevent | to
    """)


def check_causes(case: Case) -> Iterator[Flag]:
    """Flag a cause of which the cited text, that only puts two things side by side, has no sign."""
    claim, cited, _ = case
    cue = _find(claim, _CAUSE)
    if cue and "due to be" not in claim.text and not _has_strong(cited):
        yield Flag(kind="wording", message=f'the cited text gives no cause ("{cue}")')


def _has_strong(cited: Source) -> bool:
    lower = cited.facts.tokens.lower
    return any(
        tuple(lower[cue.first : cue.end]) not in _WEAK.get(lower[cue.first], ())
        for cue in find_phrases(lower, _ANY_CAUSE)
    )


def check_purposes(case: Case) -> Iterator[Flag]:
    """Flag a purpose of which the cited text has no sign."""
    claim, cited, _ = case
    cue = _find(claim, _PURPOSE)
    if cue and not _find(cited, _ANY_PURPOSE):
        yield Flag(kind="wording", message=f'the cited text gives no purpose ("{cue}")')


def check_infinitives(case: Case) -> Iterator[Flag]:
    """Flag "went to A to address it" where the cited text has "went to A, where he addressed it"."""
    claim, cited, _ = case
    ours, theirs = claim.facts.tokens.lower, cited.facts.tokens.lower
    pasts = {stem_word(word) for word in theirs if looks_past(word)}
    others = {stem_word(word) for word in theirs if not looks_past(word)}
    for at, word in enumerate(ours[:-1]):
        verb = ours[at + 1]
        if word != "to" or at - 1 not in claim.named or stem_word(verb) not in pasts - others:
            continue
        if is_base_verb(verb):
            message = f'the cited text gives no purpose ("to {verb}")'
            yield Flag(kind="wording", message=message)
            return


def _find(source: Source, phrases: Phrases) -> str:
    """Give the first of *phrases* that *source* has, as written; empty if it has none."""
    tokens = source.facts.tokens
    cue = next(find_phrases(tokens.lower, phrases), None)
    return tokens.slice(*cue) if cue else ""
