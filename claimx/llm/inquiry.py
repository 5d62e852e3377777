"""A question in progress: its content, and the request written for one server."""

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
    The result of one question: *value* if the answer fitted the schema, else *error*.

    *text* is the last answer without its thinking. *usage* is that of the answer
    that fitted, or of all answers if none did. *cut_off* is true if it hit
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

    *fields* are sent beside the messages. *passed* counts the recorded adaptations
    that a replay has tried.
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
        """The request before any adaptation: the same for every server."""
        mode = MODES[0] if self.mode == "auto" else self.mode
        return self.form.write_request(self.messages, self.fields, mode)

    def choose_mode(self, adaptation: Adaptation) -> str:
        """Return the way to ask for JSON."""
        return self.mode if self.mode != "auto" else adaptation.choose_mode() or MODES[0]

    def write(self, adaptation: Adaptation) -> Request:
        """Write the request for a server that needs *adaptation*."""
        key = adaptation, len(self.tries)
        if key not in self._written:
            mode = self.choose_mode(adaptation)
            request = self.form.write_request(self.messages, self.fields, mode, self.tries)
            self._written = {key: adapt_request(request, adaptation)}
        return self._written[key]

    def correct(self, completion: Completion, misfit: MisfitError) -> None:
        """Prepare to ask again, with what was wrong with *completion*."""
        self.tries.append(Try(completion, misfit))
        self._unsent = True

    def note_sent(self) -> bool:
        """Return whether this is the first time that the current correction is sent."""
        sent, self._unsent = self._unsent, False
        return sent


def make_answer(
    completion: Completion,
    value: Any = None,
    *,
    error: str | None = None,
    usage: Usage | None = None,
) -> Answer[Any]:
    """Convert *completion* to an answer; *usage* if more than its own was spent."""
    return Answer(
        value=value,
        text=read_text(completion),
        usage=usage or completion.usage,
        created=completion.created,
        error=error,
        cut_off=completion.cut_off,
    )
