"""A question under way: what is meant by it, and how it is written for one server."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from claimx.llm.adapt import MODES, Adaptation, adapt_request
from claimx.llm.completions import Completion
from claimx.llm.prompts import Message
from claimx.llm.structured import Form, MisfitError, Request, Try, read_text
from claimx.records import Usage
from claimx.settings import Mode

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True)
class Answer(Generic[T]):
    """
    What came of one question: *value* where it fitted the schema, else *error*.

    *text* is what the last answer said, its thinking aside. *usage* is of the
    answer that fitted; of all where none did. *cut_off* says that it hit
    ``max_tokens``. *created* is when it was made, in seconds since 1970.
    """

    value: T | None
    text: str
    usage: Usage
    created: int | None
    error: str | None = None
    cut_off: bool = False


@dataclass
class Inquiry(Generic[T]):
    """
    A question, with the answers so far that did not fit.

    *fields* are sent beside the messages. *passed* counts the ways of writing
    it that a replay has gone through.
    """

    messages: Sequence[Message]
    form: Form[T]
    fields: Request
    mode: Mode
    tries: list[Try] = field(default_factory=list)
    passed: int = 0
    _unsent: bool = False
    _written: dict[tuple[Adaptation, int], Request] = field(default_factory=dict)

    @cached_property
    def meant(self) -> Request:
        """What is meant, however it is written: the same for every server."""
        mode = MODES[0] if self.mode == "auto" else self.mode
        return self.form.write_request(self.messages, self.fields, mode)

    def choose_mode(self, adaptation: Adaptation) -> str:
        """Choose how to ask for JSON."""
        return self.mode if self.mode != "auto" else adaptation.choose_mode() or MODES[0]

    def write(self, adaptation: Adaptation) -> Request:
        """Write the request for a server that wants *adaptation*."""
        key = adaptation, len(self.tries)
        if key not in self._written:
            mode = self.choose_mode(adaptation)
            request = self.form.write_request(self.messages, self.fields, mode, self.tries)
            self._written = {key: adapt_request(request, adaptation)}
        return self._written[key]

    def correct(self, completion: Completion, misfit: MisfitError) -> None:
        """Ask again, with what was wrong with *completion*."""
        self.tries.append(Try(completion, misfit))
        self._unsent = True

    def note_sent(self) -> bool:
        """Say whether a correction went out for the first time just now."""
        sent, self._unsent = self._unsent, False
        return sent


def make_answer(
    completion: Completion,
    value: Any = None,
    *,
    error: str | None = None,
    usage: Usage | None = None,
) -> Answer[Any]:
    """Make the answer of *completion*; *usage* where it cost more than itself."""
    return Answer(
        value=value,
        text=read_text(completion),
        usage=usage or completion.usage,
        created=completion.created,
        error=error,
        cut_off=completion.cut_off,
    )
