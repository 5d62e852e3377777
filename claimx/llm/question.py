"""Ask a model about something other than a segment, such as claims of several documents."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from pydantic import BaseModel

from claimx.errors import OfflineMiss
from claimx.llm.prompts import Message, Prompt, fill_prompt

if TYPE_CHECKING:  # openai is slow to import
    from claimx.llm.client import Answer

T = TypeVar("T", bound=BaseModel)


class Model(Protocol):
    """A model to ask; `claimx.llm.client.Model` is one."""

    async def ask(self, messages: list[Message], schema: type[T]) -> "Answer[T]":
        """Answer *messages* in the form of *schema*."""


@dataclass(frozen=True)
class Question(Generic[T]):
    """
    A *prompt* with the *values* that fill it, and the *schema* of its answer.

    *place* describes what is asked about, for messages: ``a.txt, claims 1 to 20``.
    """

    prompt: Prompt
    values: dict[str, Any]
    schema: type[T]
    place: str


async def ask_question(model: Model, question: Question[T]) -> "Answer[T]":
    """
    Ask *model*.

    Raises:
        ModelError: As the model raises it; a missing recording names the place.
    """
    try:
        return await model.ask(fill_prompt(question.prompt, **question.values), question.schema)
    except OfflineMiss as exc:
        where = f"{question.prompt.label}, {question.place}"
        raise OfflineMiss(f"replay: {where}: {exc}") from exc
