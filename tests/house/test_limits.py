"""Tuned limits of the rules: each has rows that say what it decides, and fails if it moves."""

from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any

import pytest

from claimx.align import align_quote
from claimx.extract.splitting import name_subject, part_faithful
from claimx.ground import credit, ground_claim
from claimx.ground.quality import check_claims
from claimx.language import names, numerals, speech
from claimx.language.anaphora import find_opening
from claimx.language.features import read_features
from claimx.language.opposites import are_opposite
from claimx.match import explain_pair, match_texts
from claimx.match.contrast import contrast
from claimx.match.matcher import count_suspects
from claimx.match.statements import read_statements
from claimx.segment import allegations
from claimx.segment.adverts import find_adverts
from claimx.segment.attribution import attribute_sentences
from claimx.segment.layout import find_blocks, is_boilerplate
from claimx.segment.sentences import split_sentences
from tests.ground.test_ground import flags_of, make_claim, make_document
from tests.support.labelled import read_cases

CASES = read_cases("limits")


def _name_speaker(sentence: str) -> str | None:
    said = speech.find_attribution(sentence)
    return said.who if said else None


def _are_variants(one: str, other: str) -> bool:
    (name,), (others,) = read_features(one).names[-1:], read_features(other).names[-1:]
    return names.are_variants(names.spell_name(name), names.spell_name(others))


def _list_speakers(text: str) -> list[str | None]:
    return [said.speaker for said in attribute_sentences(text, split_sentences(text))]


def _is_said(claim: str, sentence: str) -> bool:
    [said] = attribute_sentences(sentence, split_sentences(sentence))
    return credit._rests_on_speech(claim, said, sentence)


def _reject(claim: str, text: str, quote: str) -> str | None:
    document = make_document(text)
    [verdict] = check_claims([make_claim(claim, document, quote)], document)
    return verdict.reason


def _list_reasons(claims: list[str], text: str) -> list[str | None]:
    """Say why each of *claims*, which all cite the whole of *text*, is rejected."""
    document = make_document(text)
    made = [
        make_claim(claim, document, text).model_copy(update={"id": str(number)})
        for number, claim in enumerate(claims)
    ]
    return [verdict.reason for verdict in check_claims(made, document)]


def _count_adverts(paragraph: str) -> int:
    days = ("on Monday", "on Tuesday", "on Friday", "in April", "in May")
    news = "\n\n".join(
        f"The council of Lund met {day} to hear how the harbour wall had crumbled during winter "
        "storms, and engineers reported that repairs would need another season of work before "
        "ferries could return."
        for day in days
    )
    text = f"{news}\n\n{paragraph}\n\n{news}"
    return len(find_adverts(text, list(find_blocks(text))))


READERS: dict[str, Callable[..., Any]] = {
    "opening": find_opening,
    "speaker": _name_speaker,
    "names": lambda text: [name.text for name in read_features(text).names],
    "variants": _are_variants,
    "opposite": are_opposite,
    "certainty": lambda text: read_features(text).certainty,
    "hedged": lambda text: list(read_features(text).hedges[0].scope),
    "flags": lambda claim, cited: [flag.kind for flag in ground_claim(claim, cited)],
    "first flag": lambda claim, cited: ground_claim(claim, cited)[0].message,
    "flags of a quote": lambda *told: [flag.kind for flag in flags_of(*told)],
    "dropped": allegations.find_dropped_allegation,
    "speakers": _list_speakers,
    "is said": _is_said,
    "reason": _reject,
    "is kept": lambda claims, sentence: part_faithful(claims, sentence)[0] == claims,
    "subject": name_subject,
    "adverts": _count_adverts,
    "blocks": lambda text: [block.kind for block in find_blocks(text)],
    "boilerplate": is_boilerplate,
    "alignment": lambda quote, text: align_quote(quote, text).status,
    "reasons": _list_reasons,
    "numbers": lambda text: len(read_features(text).quantities),
    "verdict": lambda *texts: contrast(*read_statements(texts)).verdict,
    "why apart": lambda *texts: explain_pair(*texts).why,
    "groups": lambda *texts: len(match_texts(texts).groups),
    "conflicts": lambda *texts: len(match_texts(texts).conflicts),
    "entailments": lambda *texts: len(match_texts(texts).entailments),
    "suspects": count_suspects,
}
CACHED = (
    speech.find_attribution,
    names._spell,
    allegations.find_allegations,
    are_opposite,
    numerals.parse_numeral,
)


def _read(case: dict[str, Any]) -> Any:
    for function in CACHED:
        getattr(function, "cache_clear", lambda: None)()
    return READERS[case["reads"]](*case["args"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_limit_decides_as_its_rows_say(
    case: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row holds as the limit is, and does not where it is moved to."""
    assert _read(case) == case["expect"]
    module, limit = case["constant"].split(":")
    with monkeypatch.context() as moving:
        moving.setattr(import_module(module), limit, case["moved"])
        with suppress(IndexError):  # moved, nothing is flagged
            assert _read(case) != case["expect"]
    _read(case)
