"""Learn what each server accepts from what it refuses or ignores, and remember it."""

import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from claimx.llm.adapt import MODES, THINKING, Adaptation, describe, expect, find_refused
from claimx.llm.cache import Answers, request_key
from claimx.llm.cassettes import note_adaptation
from claimx.llm.completions import Completion
from claimx.llm.faults import ServerError, is_refusal
from claimx.llm.inquiry import Inquiry
from claimx.llm.pool import Server
from claimx.settings import Settings

_log = logging.getLogger(__name__)


class Received(NamedTuple):
    """An answer, the server that sent it, and the adaptation *asked* with."""

    completion: Completion
    server: Server
    asked: Adaptation


class Learner:
    """
    What is known about the servers of a run, kept in the cache or with a recording.

    Args:
        settings: Settings of the run.
        cache: Where the knowledge is kept.
        trail: The adaptations used when answers were recorded, first to last.
    """

    def __init__(
        self, settings: Settings, cache: Answers, trail: Sequence[Adaptation] = ()
    ) -> None:
        self._settings = settings
        self._cache = cache
        self._trail = list(trail)
        self._replays = settings.replay is not None
        self._kept: dict[str | None, Adaptation] = {}

    def meet(self, server: Server, address: str | None) -> None:
        """Recall the adaptation for *server* at *address*."""
        server.adaptation = self._trail[-1] if self._trail else expect(address)
        if self._replays:
            server.settled = True
        elif not self._trail and (kept := self._cache.find(self._key(address))):
            try:
                known = Adaptation.model_validate(kept)
            except ValidationError:
                _log.warning("cache: what %s takes cannot be read; finding out.", server.name)
                return
            if self._settings.limits_answers:
                known = known.allow(THINKING)
            server.adaptation = server.proven = self._kept[address] = known
            server.settled = True

    def list_ways(self, server: Server, question: Inquiry[Any]) -> list[Adaptation]:
        """List the adaptations to try: what *server* accepts; in a replay, those recorded."""
        return self._trail[question.passed :] if self._replays else [server.adaptation]

    def note_answer(self, server: Server, asked: Adaptation, question: Inquiry[Any]) -> None:
        """Note that *server* answered, usable or not."""
        server.proven = asked
        if self._settings.mode != "auto":
            server.settled = True
        if self._replays:
            question.passed = self._trail.index(asked)
        elif self._settings.record is not None and asked not in self._trail:
            self._trail.append(asked)
            note_adaptation(self._settings.record, asked)

    def note_fit(self, server: Server, asked: Adaptation, address: str | None) -> None:
        """Note that an answer was usable: its adaptation is kept for the next run."""
        if server.adaptation != asked:
            return  # more was learnt in the meantime
        server.settled = True
        if asked != self._kept.setdefault(address, expect(address)):
            self._cache.keep(self._key(address), asked.model_dump(mode="json"))
            self._kept[address] = asked

    def learn_refusal(
        self, server: Server, asked: Adaptation, question: Inquiry[Any], exc: Exception
    ) -> bool:
        """Leave out what *exc* refuses in *question*; return whether to ask again."""
        if not (is_refusal(exc) and isinstance(exc, ServerError)):
            return False
        if server.adaptation != asked:
            return True  # another question has learnt it
        mode = question.choose_mode(asked)
        names = find_refused(exc.body, question.write(asked), mode)
        after = asked.refuse(*names)
        kept = mode in names and (question.mode != "auto" or after.choose_mode() is None)
        if kept or after == asked:
            server.adaptation = server.proven or asked
            return False
        self._change(server, after, describe(names, after, question.choose_mode(after)))
        return True

    def learn_misfit(self, received: Received, question: Inquiry[Any]) -> None:
        """Try the next mode if a server ignores the requested form."""
        completion, server, asked = received
        if server.settled or server.adaptation != asked:
            return
        mode = question.choose_mode(asked)
        after = asked.refuse(mode)
        if question.mode != "auto" or question.form.is_heeded(completion):
            server.settled = True
        elif after.choose_mode() is None:
            server.adaptation = asked.allow(*MODES)
            server.settled = True
        else:
            new = question.choose_mode(after)
            self._change(server, after, f"an answer ignores mode {mode}; asking with {new}")

    def give_room(self, received: Received, question: Inquiry[Any]) -> bool:
        """Allow more tokens after an answer that was all thinking; return whether to ask again."""
        _, server, asked = received
        if self._replays:
            question.passed += 1
            return question.passed < len(self._trail)
        if server.adaptation != asked:
            return True
        limited = self._settings.limits_answers or self._settings.max_tokens is None
        if limited or THINKING in asked.refused:
            return False
        after = asked.refuse(THINKING)
        self._change(server, after, describe([THINKING], after, ""))
        return True

    def _change(self, server: Server, adaptation: Adaptation, what: str) -> None:
        server.adaptation = adaptation
        _log.warning("%s: %s.", server.name, what)

    def _key(self, address: str | None) -> str:
        return request_key("adaptation", address, self._settings.model)
