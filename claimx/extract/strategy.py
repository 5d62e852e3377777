"""Choose the strategy by which a model is asked, and check its prompts beforehand."""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from claimx.extract.article import Article
from claimx.extract.extractive import Extractive
from claimx.extract.proposals import Model, T
from claimx.extract.stepwise import Stepwise
from claimx.extract.window import Window
from claimx.llm.prompts import Message, load_prompt
from claimx.records import Document, DocumentResult, Segment, join_proposed
from claimx.segment.parsed import ParsedDocument
from claimx.settings import EXTRACTIVE, Settings

if TYPE_CHECKING:  # openai is slow to import
    from claimx.llm.client import Answer


class Strategy(Protocol):
    """A way to find the claims of a segment, with or without a model."""

    @property
    def label(self) -> str:
        """Return the names of its prompts, ``extract@1#5e0d...``; empty if it uses none."""

    async def extract(
        self, model: Model, document: Document | ParsedDocument, segment: Segment
    ) -> DocumentResult:
        """Propose the claims of *segment*; raises `ModelError` as *model* does."""


class _SeededModel:
    """A model that is always asked with the same given seed, to vary its answers between runs."""

    def __init__(self, model: Model, seed: int) -> None:
        self._model = model
        self._seed = seed

    async def ask(
        self, messages: list[Message], schema: type[T], *, seed: int | None = None
    ) -> "Answer[T]":
        return await self._model.ask(messages, schema, seed=self._seed if seed is None else seed)


async def ask_segment(
    strategy: Strategy,
    model: Model,
    document: Document | ParsedDocument,
    segment: Segment,
    settings: Settings,
) -> DocumentResult:
    """Ask about *segment* by *strategy*, ``settings.runs`` times, each time with another seed."""
    if settings.runs == 1:
        return await strategy.extract(model, document, segment)
    found = []
    for run in range(settings.runs):
        seeded = _SeededModel(model, (settings.seed or 0) + run)
        one = await strategy.extract(seeded, document, segment)
        proposals = (each.model_copy(update={"run": run}) for each in one.proposals)
        found.append(one.model_copy(update={"proposals": tuple(proposals)}))
    return join_proposed(found)


def load_strategy(name: str, prompts: Path | None = None) -> Strategy:
    """
    Load the strategy *name* with its prompts, from the folder *prompts* or the packaged ones.

    Raises:
        PromptError: If a prompt is missing or malformed, or lacks a placeholder.
    """
    if name == EXTRACTIVE:
        return Extractive()
    if name == "stepwise":
        return Stepwise(
            resolve=load_prompt("resolve", prompts, ("sentence", "pointers"), ("title", "context")),
            split=load_prompt("split", prompts, ("sentence",), ()),
        )
    if name == "article":
        may = ("title", "outlet", "date", "lead", "names", "more")
        return Article(load_prompt("article", prompts, ("sentences", "asked"), may))
    return Window(load_prompt("extract", prompts, ("sentences",), ("title", "names", "context")))
