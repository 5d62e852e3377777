"""Compact records: the methods of a pydantic model, without its memory."""

import copy

import pytest
from pydantic import ValidationError

from claimx.language.tokens import tokenize
from claimx.pipeline.packing import pack_record, read_line, unpack_record
from claimx.records import Alignment, Claim, Document, DocumentResult, Span

SPAN = Span(start=2, end=9)
CLAIM = Claim(
    id="1",
    document_id="a\ud800",
    text="Costs fell.",
    quote=" ".join(("Costs", "fell.")),
    alignment=Alignment(status="exact", spans=(SPAN,), score=1.0),
)


def test_a_compact_record_is_dumped_checked_and_copied_as_a_model_is():
    """Users dump, validate and copy claims; what they get is what a model gives."""
    plain = {"start": 2, "end": 9}
    assert SPAN.model_dump() == dict(SPAN) == plain
    assert SPAN.model_dump_json() == '{"start":2,"end":9}'
    assert Span.model_validate(plain) == Span.model_validate_json('{"start": 2, "end": 9}') == SPAN
    assert Span.model_construct(start=2, end=9) == copy.deepcopy(SPAN) == SPAN
    assert CLAIM.model_copy(update={"speaker": "Ruiz"}).model_dump() == {
        **CLAIM.model_dump(),
        "speaker": "Ruiz",
    }
    assert Claim.model_json_schema()["additionalProperties"] is False
    assert set(Span.model_fields) == {"start", "end"}
    assert len({SPAN, Span(start=2, end=9)}) == 1


def test_a_compact_record_takes_no_dict_and_is_never_changed():
    """A record with a dict of its own takes three times the memory."""
    assert not hasattr(SPAN, "__dict__")
    assert CLAIM.model_copy(update={"speaker": None}) is CLAIM
    assert CLAIM.quote is CLAIM.text
    with pytest.raises(AttributeError):
        SPAN.start = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    "fields", [{"start": 2}, {"start": 2, "end": 9, "x": 1}, {"start": 2, "end": 2}, {"start": -1}]
)
def test_a_compact_record_refuses_what_does_not_fit(fields):
    """A field that is missing, unknown or wrong is an error, as it is for a model."""
    for make in (lambda: Span(**fields), lambda: Span.model_validate(fields)):
        with pytest.raises(ValidationError):
            make()


def test_a_record_with_half_a_character_is_packed_and_unpacked():
    """A lone surrogate, which UTF-8 cannot encode, survives; what is damaged is an error."""
    result = DocumentResult(document_id="a", claims=(CLAIM,))
    assert unpack_record(DocumentResult, pack_record(result)) == result
    with pytest.raises(ValueError, match="delimiter"):
        read_line(Document, b'{"id": "a" "text"}')


def test_tokens_know_where_they_start():
    """Starts are found from the tokens, which never begin inside what is skipped between them."""
    text = "“In ² 1998_a, O’Brien's SM-6 cost .5% or $2.7bn”\nU.S. 50 000 — x_x a_a."
    tokens = tokenize(text)
    found = zip(tokens.starts, tokens.words, strict=True)
    assert all(tokens.text.startswith(word, at) for at, word in found)
    assert list(tokens.starts) == sorted(set(tokens.starts))
