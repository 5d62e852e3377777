"""What the strategies share: asking a prompt, and converting answers to proposals."""

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol, TypeVar

from pydantic import AfterValidator, BaseModel, Field

from claimx.errors import OfflineMiss
from claimx.llm.prompts import Message, Prompt, fill_prompt
from claimx.records import Document, Rejected, Segment, Sentence

if TYPE_CHECKING:  # openai is slow to import
    from claimx.llm.client import Answer

T = TypeVar("T", bound=BaseModel)


class Model(Protocol):
    """A model to ask; `claimx.llm.client.Model` is one."""

    async def ask(
        self, messages: list[Message], schema: type[T], *, seed: int | None = None
    ) -> "Answer[T]":
        """Answer *messages* in the form of *schema*."""


class NoModel:
    """A placeholder for strategies that ask no model."""

    async def ask(
        self, messages: list[Message], schema: type[T], *, seed: int | None = None
    ) -> "Answer[T]":
        """Raise an error: only a mistake in the program calls this."""
        raise TypeError(f"no model to ask for {schema.__name__}: {len(messages)} messages, {seed}")


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    return text.strip()


Words = Annotated[str, Field(min_length=1), AfterValidator(_not_blank)]


async def ask_prompt(
    model: Model,
    prompt: Prompt,
    values: dict[str, Any],
    schema: type[T],
    place: tuple[Document, Segment],
) -> "Answer[T]":
    """
    Fill *prompt* with *values* and ask *model*.

    Raises:
        ModelError: As the model raises it; a missing recording names *place*.
    """
    document, segment = place
    try:
        return await model.ask(fill_prompt(prompt, **values), schema)
    except OfflineMiss as exc:
        where = f"{prompt.label}, {document.id}, segment {segment.index}"
        raise OfflineMiss(f"replay: {where}: {exc}") from exc


def show_sentence(sentence: Sentence, document: Document) -> str:
    """Put *sentence* on one line."""
    return " ".join(sentence.span.slice(document.text).split())


# "U. S." for "U.S.": small models put spaces between initials.
_INITIALS_APART = re.compile(r"\b([A-Z]\.) (?=[A-Z]\.)")


def tidy_claim(claim: str) -> str:
    """Put *claim* on one line and remove the spaces between its initials."""
    return _INITIALS_APART.sub(r"\1", " ".join(claim.split()))


def explain_unread(answer: "Answer[Any]") -> str:
    """Return why *answer* could not be read, and what to try."""
    if answer.cut_off:
        return "the answer was cut off before a claim was complete. Raise --max-tokens."
    why = (answer.error or "nothing in it").rstrip(".")
    return f"no answer could be read ({why}). Try another --mode, or a larger model."


def reject_answer(  # noqa: PLR0913, PLR0917  # the parts of a rejection
    document: Document,
    segment: Segment,
    detail: str,
    reason: Literal["invalid", "cut_off", "unsupported"] = "invalid",
    claim: Any = None,
    quote: Any = None,
) -> Rejected:
    """Reject part of an answer about *segment*: *claim* and *quote*, as the model sent them."""
    return Rejected(
        document_id=document.id,
        segment=segment.index,
        claim=str(claim or ""),
        quote=str(quote or ""),
        reason=reason,
        detail=detail,
    )
