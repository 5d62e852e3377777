"""
Read claims without a language model: one of every sentence that states something.

The claim is the sentence itself, so its quote is exact by construction. Who
says it and how it is meant are read from the words by rule; a pronoun is left
as it is and flagged, never filled in.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from claimx.layout import ends_sentence
from claimx.records import Alignment, Claim, Document, Flag, Modality, Sentence, Span, content_id
from claimx.sentences import NOT_EXTRACTED, cut_sentences, split_sentences
from claimx.speech import blank_quotations, find_attribution, is_one_person, is_pronoun
from claimx.words import is_statement, word_set

# A named speaker stands for "he" this many sentences on, unless somebody else is named.
_MEMORY = 3
_MIN_WORDS = 3

_MARKER = re.compile(r"(?:#{1,6}|>|[-*+•‣◦▪●·∙–—]|\(?\d{1,2}[.)])\s+")
_MARKUP = re.compile(r"\*{1,3}|__|(?<!`)`(?!`)|~~")
_LINK = re.compile(r"!?\[([^\[\]]{0,300})\]\([^()\s]{0,2000}\)")
_OPENING_PRONOUN = re.compile(
    r"[\"“‘'(]*((?:He|She|It|They|We|I|This|These|That|Those|His|Her|Its|Their|Our|My)(?![\w'’]))"
)
_ORDINAL = re.compile(r"(?:And )?(?:Second|Third|Fourth|Fifth|Lastly|Finally)(?:ly)?,")
_FIRST = re.compile(r":\s*(?:First|One)(?:ly)?,")
_QUOTE_OPENS = re.compile(r"[“\"«]|``")
_INNER_QUOTE = re.compile(r"[“\"«]([^“”\"«»]+)[”\"»]?")
_REQUEST = re.compile(
    r"(?:please|thanks?\b|thank you|let us|let's|let’s|welcome to|click|don't|don’t|do not|never|"
    r"remember|imagine|consider this|see you|good luck|happy)\b",
    re.IGNORECASE,
)
_CONSIDERED = re.compile(
    r"\b(?:(?:is|are|was|were|been|be) (?:also |now |still |reportedly )?(?:considering|weighing|"
    r"mulling|exploring|contemplating|looking (?:at|into)|studying whether)|(?:may|might|could) "
    r"(?:consider|decide)|under consideration|(?:agreed|plans?|promised) to consider)\b"
)
_PLANNED = re.compile(
    r"\b(?:will|won't|won’t|shall|(?:plan|plans|planned|planning|intend|intends|intended|aim|aims|"
    r"aimed|seek|seeks|pledged|vowed|agreed|promised|prepares?|preparing|proposed|expected|"
    r"scheduled|set|slated|anticipated|poised|about|hopes?) to|(?:is|are) (?:going|designed|to be|"
    r"meant|intended) (?:to )?|would like to|(?:revealed|announced|unveiled|outlined|has|have) "
    r"(?:\w+ )?plans?|announced (?:the|a|an)|agreed on|concurred on|"
    r"(?:reached|struck|made) an? (?:consensus|deal|decision|agreement) to)\b"
)
_OPINION = re.compile(
    r"\b(?:likely|unlikely|could|might|may (?!\d)|should|must|ought to|perhaps|arguably|seems?|"
    r"appears? to|(?:is|are|was|were|be|remains?|proved?) (?:\w+ )?(?:crucial|critical|essential|"
    r"vital|indispensable|historic|significant|remarkable|important|defensive|clear)|"
    r"signals?|reflects?|underscores?|underlines|highlights?|serves? as|stems? from|aligns? with|"
    r"(?<!to )(?:reinforces?|enhances?|strengthens?|undermines?)|"
    r"(?:is|are) (?:reinforcing|enhancing|strengthening|undermining)|marks? (?:a|an|the)|"
    r"represents (?:a|an|the)|poses (?:a|an)|clearly|undoubtedly|of course)\b",
    re.IGNORECASE,
)
_JUDGES = word_set("analyst analysts expert experts critic critics observer observers economists")
# ", highlighting its role": the article's gloss on what it asserts.
_ADDED_CLAUSE = re.compile(r",\s+(?:[a-z]+ly\s+|thereby\s+)?[a-z]{3,}ing\b|\s[-–—]\s")
_BELIEVING = word_set("believe believes believed think thinks predict predicts predicted expects")
_FORECAST = re.compile(r"\b(?:could|might|may|would|likely|unlikely)\b")


# "It employs 300 people." has no verb that a list knows, and is no fragment.
_SHORT_STATEMENT = re.compile(r"(?:The|He|She|It|They|We|I)\b|.*\d")
_NAMED = re.compile(r"[A-Z][\w-]+(?![\w'’])")


class _Memory(NamedTuple):
    """
    Who was heard so far in a document.

    *person* is whom "he" would mean and *age* how many sentences ago that was;
    *quoted* spoke in the sentence before; *listed* is credited with the list
    under way. *header* is the header of the table under way.
    """

    person: str | None = None
    age: int = 0
    quoted: str | None = None
    listed: str | None = None
    header: str = ""


def extract_sentences(document: Document) -> tuple[Claim, ...]:
    """
    Make a claim of every sentence of *document* that states something checkable.

    Claims stand in the order of the text. Each one's quote is the slice at its
    span. Left out: furniture, adverts, labels, questions, requests, and lines
    that state nothing. A quotation of several sentences makes a claim of each.
    """
    return tuple(_read_claims(document))


def _read_claims(document: Document) -> Iterator[Claim]:
    memory, known = _Memory(), dict[str, str]()
    for sentence in split_sentences(document.text):
        words = sentence.span.slice(document.text)
        if sentence.kind == "label":
            memory = memory._replace(listed=None, header=words if "|" in words else "")
        if sentence.kind in NOT_EXTRACTED:
            continue
        speaker, verb, memory = _listen(words, sentence, memory, known)
        if not _is_checkable(words, sentence, listed=memory.listed is not None):
            continue
        for start, end in _cut_statements(words):
            span = Span(start=sentence.span.start + start, end=sentence.span.start + end)
            text = _word_claim(words[start:end], sentence, memory.header)
            yield _make_claim(document, span, text, speaker, _judge_modality(text, speaker, verb))


def _listen(
    words: str, sentence: Sentence, memory: _Memory, known: dict[str, str]
) -> tuple[str | None, str, _Memory]:
    """Find who says *words* and with which verb; *known* maps last names to speakers, and grows."""
    said = find_attribution(words)
    named = [known[name] for name in _NAMED.findall(words) if name in known]
    speaker = said.who if said else None
    if said and is_pronoun(said.who):
        before = [known[name] for name in _NAMED.findall(words[: said.start]) if name in known]
        speaker = _resolve(said.who, before, memory)
    elif speaker and is_one_person(speaker) and speaker[-1].isalpha():
        named = [speaker]
        known[speaker.split()[-1]] = speaker
    elif not said:
        speaker = _carry_on(words, sentence, memory)
    verb = said.verb if said else ""
    memory = _remember(words, sentence, memory, speaker, named)
    if said and not verb:  # "according to" names a source, not who is being quoted
        memory = memory._replace(quoted=None)
    return speaker, verb, memory


def _resolve(pronoun: str, named: list[str], memory: _Memory) -> str | None:
    """Say whom "he" or "she" means, if one person alone comes into question."""
    if pronoun.lower() not in ("he", "she"):
        return None
    if len(set(named)) == 1:
        return named[0]
    return memory.person if not named and memory.age < _MEMORY else None


def _carry_on(words: str, sentence: Sentence, memory: _Memory) -> str | None:
    """Say who goes on speaking, in a quotation or a list that an earlier sentence began."""
    if _QUOTE_OPENS.match(words) and not blank_quotations(words).strip(" .,!?”\"’'»"):
        return memory.quoted
    listed = sentence.kind in ("item", "row") or _ORDINAL.match(words)
    return memory.listed if listed else None


def _remember(
    words: str, sentence: Sentence, memory: _Memory, speaker: str | None, named: list[str]
) -> _Memory:
    """Remember for the next sentence who was heard and named in this one."""
    person, age = memory.person, memory.age + 1
    if named:
        person, age = (named[0] if len(set(named)) == 1 else None), 0
    opens_list = speaker and (words.endswith(":") or _FIRST.search(words))
    goes_on = sentence.kind in ("item", "row") or _ORDINAL.match(words)
    return _Memory(
        person=person,
        age=age,
        quoted=speaker if _QUOTE_OPENS.search(words) else None,
        listed=speaker if opens_list else memory.listed if goes_on else None,
        header=memory.header if sentence.kind == "row" else "",
    )


def _is_checkable(words: str, sentence: Sentence, *, listed: bool) -> bool:
    """Tell whether *words* state something that could be looked up."""
    body = _strip_marker(words)
    if body.rstrip("\"”’'»)").endswith(("?", "？", "؟")) or _REQUEST.match(body):
        return False
    if sentence.kind in ("item", "row"):
        figures = sentence.kind == "row" and any(character.isdigit() for character in body)
        return listed or figures or is_statement(body, headline=True)
    count = len(body.split())
    if not body.isascii() and body.lower() == body.upper():
        return len(body) > 4  # scripts without spaces
    if count < _MIN_WORDS or count > 5:
        return count > 5
    return is_statement(body, headline=True) or (
        ends_sentence(body) and _SHORT_STATEMENT.match(body) is not None
    )


def _strip_marker(words: str) -> str:
    marker = _MARKER.match(words)
    return words[marker.end() :] if marker else words


def _cut_statements(words: str) -> Iterator[tuple[int, int]]:
    """Cut *words* where a sentence ends inside a quotation, without a list marker in front."""
    start = len(words) - len(_strip_marker(words))
    for quote in _INNER_QUOTE.finditer(words, start):
        parts = cut_sentences(quote[1])
        if any(right - left < 15 for left, right in parts):
            continue
        for _, right in parts[:-1]:
            yield start, quote.start(1) + right
            start = quote.start(1) + right
            start += len(words[start:]) - len(words[start:].lstrip())
    yield start, len(words)


def _word_claim(words: str, sentence: Sentence, header: str) -> str:
    """Word a claim: the sentence on one line, without markup; a row with its column names."""
    if sentence.kind == "row":
        return _word_row(words, header)
    plain = _MARKUP.sub("", _LINK.sub(r"\1", _strip_marker(words).replace("\n>", " ")))
    return _close_quotes(" ".join(plain.split())) or words


def _word_row(words: str, header: str) -> str:
    cells = [" ".join(cell.split()) for cell in words.strip("|").split("|")]
    if len(cells) == 2:
        return ": ".join(cells)
    names = [" ".join(name.split()) for name in header.strip("|").split("|")]
    if len(names) != len(cells):
        return "; ".join(cells)
    return "; ".join(f"{name}: {cell}" for name, cell in zip(names, cells, strict=True))


def _close_quotes(text: str) -> str:
    """Put back the quotation mark that cutting a quotation took off."""
    if text.count("“") > text.count("”"):
        return text + "”"
    if text.count("“") < text.count("”"):
        return "“" + text
    if text.count('"') % 2:
        at = text.index('"')
        opens = at + 1 < len(text) and (at == 0 or text[at - 1].isspace())
        return text + '"' if opens else '"' + text
    return text


def _judge_modality(text: str, speaker: str | None, verb: str) -> Modality:
    """Tell how a claim is meant, by its words; the first rule that fits decides."""
    if _CONSIDERED.search(text):
        return "considered"
    if verb in _BELIEVING:
        return "opinion"
    if _PLANNED.search(text):
        return "planned"
    if speaker or verb:
        expert = not _JUDGES.isdisjoint((speaker or "").lower().split())
        judged = expert and _OPINION.search(text.replace(verb, "", 1))
        return "opinion" if judged or _FORECAST.search(text) else "reported"
    stated = _ADDED_CLAUSE.split(text, maxsplit=1)[0]
    return "opinion" if _OPINION.search(stated) else "asserted"


def _make_claim(
    document: Document, span: Span, text: str, speaker: str | None, modality: Modality
) -> Claim:
    opening = _OPENING_PRONOUN.match(text)
    flag = (
        Flag(kind="wording", message=f"opens with {opening[1]!r}, not resolved")
        if opening
        else None
    )
    return Claim(
        id=content_id(document.id, text, f"{span.start}:{span.end}"),
        document_id=document.id,
        text=text,
        quote=span.slice(document.text),
        alignment=Alignment(status="exact", spans=(span,), score=1.0),
        speaker=speaker,
        modality=modality,
        flags=(flag,) if flag else (),
    )
