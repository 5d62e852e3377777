"""Whom the article credits: what a model answered stands, and the words add to it."""

import pytest

from claimx.ground.credit import credit_claims
from claimx.read import make_document
from claimx.records import Alignment, Claim, Modality, Span

TEXT = (
    "Mayor Lena Okafor praised the port on Monday. "
    "She said the talks went well. "
    "The port handles 300 ships a year. "
    "“The strike will go on,” a union official said. "
    "The crews are considering a second strike. "
    "Ruiz, who lives in Lund, was charged with taking bribes."
)
DOCUMENT = make_document(TEXT, "a.txt")


def claim_of(
    quote: str, speaker: str | None, text: str = "", modality: Modality = "opinion"
) -> Claim:
    start = TEXT.index(quote)
    span = Span(start=start, end=start + len(quote))
    return Claim(
        id="1",
        document_id="a.txt",
        text=text or quote,
        quote=quote,
        alignment=Alignment(status="exact", spans=(span,), score=1.0),
        speaker=speaker,
        modality=modality,
    )


@pytest.mark.parametrize(
    ("quote", "proposed", "settled"),
    [
        ("the talks went well", "Lena Okafor", "Lena Okafor"),
        ("the talks went well", None, "Mayor Lena Okafor"),
        ("the talks went well", "Harbour News", "Mayor Lena Okafor"),
        ("The port handles 300 ships a year.", "The article", None),
        ("The port handles 300 ships a year.", "Lena Okafor", "Lena Okafor"),
        ("She said the talks went well.", "She", "Mayor Lena Okafor"),
        ("The port handles 300 ships a year.", "He", None),
        ("The strike will go on", "the strikers’ union", "the strikers’ union"),
        ("The strike will go on", "null", "union official"),
        ("The strike will go on", "a union official", "a union official"),
    ],
)
def test_speaker_that_a_model_names_stands_if_the_document_has_it(
    quote: str, proposed: str | None, settled: str | None
) -> None:
    [claim] = credit_claims([claim_of(quote, proposed)], DOCUMENT)
    assert (claim.speaker or "").removeprefix("a ") == (settled or "").removeprefix("a ")


@pytest.mark.parametrize(
    ("quote", "modality"),
    [
        ("The port handles 300 ships a year.", "asserted"),
        ("the talks went well", "reported"),
        ("The crews are considering a second strike.", "considered"),
    ],
)
def test_modality_follows_from_the_words(quote: str, modality: str) -> None:
    [claim] = credit_claims([claim_of(quote, None)], DOCUMENT, {"1"})
    assert claim.modality == modality


@pytest.mark.parametrize(
    ("quote", "speaker", "doubted"),
    [
        ("Mayor Lena Okafor praised the port on Monday.", "Ruiz", True),
        ("Mayor Lena Okafor praised the port on Monday.", "Lena Okafor", False),
        ("the talks went well", "Ruiz", False),
        ("The port handles 300 ships a year.", "Ruiz", False),
    ],
)
def test_speaker_is_doubted_where_the_cited_sentence_names_another(
    quote: str, speaker: str, doubted: bool
) -> None:
    """The speaker that the model named stands, with a flag; a pronoun names nobody."""
    [claim] = credit_claims([claim_of(quote, speaker)], DOCUMENT)
    assert claim.speaker == speaker
    assert [flag.kind for flag in claim.flags] == ["speaker"] * doubted


@pytest.mark.parametrize(
    ("quote", "text", "told", "settled"),
    [
        ("The port handles 300 ships a year.", "", "planned", "planned"),
        ("the talks went well", "", "opinion", "opinion"),
        ("the talks went well", "", "asserted", "reported"),
        ("The crews are considering a second strike.", "", "asserted", "asserted"),
        ("was charged with taking bribes", "Ruiz took bribes.", "asserted", "alleged"),
        ("Ruiz", "Ruiz took bribes.", "asserted", "alleged"),
        ("Ruiz", "Ruiz allegedly took bribes.", "asserted", "alleged"),
        ("Ruiz", "Ruiz allegedly took bribes.", "reported", "alleged"),
        ("Ruiz", "Ruiz was charged with taking bribes.", "asserted", "asserted"),
        ("Ruiz", "Ruiz was charged with taking bribes.", "reported", "reported"),
        ("Ruiz", "Ruiz lives in Lund.", "asserted", "asserted"),
    ],
)
def test_modality_that_a_model_gave_stands_unless_the_words_allege(
    quote: str, text: str, told: Modality, settled: str
) -> None:
    [claim] = credit_claims([claim_of(quote, None, text, told)], DOCUMENT)
    assert claim.modality == settled


def test_claim_before_the_first_sentence_is_left_as_it_is() -> None:
    document = make_document("- - -\n\n" + TEXT, "a.txt")
    span = Span(start=0, end=1)
    claim = claim_of("Mayor", "X").model_copy(
        update={"alignment": Alignment(status="exact", spans=(span,), score=1.0)}
    )
    assert list(credit_claims([claim], document)) == [claim]


@pytest.mark.parametrize(
    ("sentence", "text", "expected"),
    [
        (
            "Before leaving, Okafor visited Lund, where she praised the crews of the ferry.",
            "Okafor visited Lund before leaving.",
            (None, "asserted"),
        ),
        (
            "Before leaving, Okafor visited Lund, where she praised the crews of the ferry.",
            "Okafor praised the crews of the ferry.",
            ("Okafor", "reported"),
        ),
        (
            "A man was arrested after a chase through the town, police said.",
            "A man was arrested after a chase through the town.",
            ("police", "reported"),
        ),
        (
            "“Crews deserve more pay,” Okafor said during talks with union leaders in Lund.",
            "Crews deserve more pay.",
            ("Okafor", "reported"),
        ),
        (
            "“Crews deserve more pay,” Okafor said during talks with union leaders in Lund.",
            "Okafor held talks with union leaders in Lund.",
            (None, "asserted"),
        ),
        (
            "Okafor stressed the need for more crews, while Lund has cut its budget for ferries.",
            "Lund has cut its budget for ferries.",
            (None, "asserted"),
        ),
        (
            "Okafor, who was elected in Lund in 2011, said on Monday that she would sue the port.",
            "Okafor was elected in Lund in 2011.",
            (None, "asserted"),
        ),
        (
            "In a first for the port, Okafor revealed a new plan during talks in Lund.",
            "Okafor was in talks in Lund.",
            (None, "asserted"),
        ),
        (
            "Okafor said she would visit Lund.",
            "Okafor would visit Lund.",
            ("Okafor", "reported"),
        ),
        (
            "The firm, prosecutors say, bribed two ministers.",
            "The firm bribed two ministers.",
            ("prosecutors", "alleged"),
        ),
        (
            "More crews will be essential for the port.",
            "More crews will be essential for the port.",
            (None, "opinion"),
        ),
    ],
)
def test_claim_is_credited_to_whoever_answers_for_its_words(
    sentence: str, text: str, expected: tuple[str | None, str]
) -> None:
    document = make_document(sentence, "a.txt")
    claim = claim_of("Mayor", None, text).model_copy(
        update={
            "alignment": Alignment(
                status="exact", spans=(Span(start=0, end=len(sentence)),), score=1.0
            )
        }
    )
    [credited] = credit_claims([claim], document, {claim.id})
    assert (credited.speaker, credited.modality) == expected
