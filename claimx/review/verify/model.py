"""Let a model read the claims of a finished table again, with the sentences they cite."""

import asyncio
from collections import defaultdict
from typing import Any

from claimx.errors import InputError, OfflineMiss, raising_first
from claimx.judge.reread import Reread, Verdict, load_reread_prompt, reread_claims
from claimx.pipeline.session import open_cassettes, resolve_settings
from claimx.records import Citation, Claim, join_usage
from claimx.review.verify.result import ClaimReading, ClaimReadings
from claimx.settings import EXTRACTIVE
from claimx.spelling import name_settings
from claimx.table import ClaimTable, pair_citations


async def read_table(table: ClaimTable, options: dict[str, Any]) -> ClaimReadings:
    """
    Ask the model named in *options* about every claim of *table*.

    Raises:
        InputError: If no model is named, or an option is wrong.
        ModelError: If a replay lacks an answer.
    """
    from claimx.llm.client import open_model  # openai costs a second

    settings = resolve_settings(options)
    if settings.model == EXTRACTIVE:
        raise InputError("No model to read the claims again: pass --model NAME.")
    prompt = load_reread_prompt(settings.prompts)
    claims: defaultdict[str, list[Claim]] = defaultdict(list)
    for claim in table.claims:
        claims[claim.document_id].append(claim)
    with open_cassettes(settings):
        async with open_model(settings) as model:
            with raising_first(OfflineMiss):
                async with asyncio.TaskGroup() as tasks:
                    asked = [
                        tasks.create_task(
                            reread_claims(model, prompt, document, claims[document.id])
                        )
                        for document in table.documents
                    ]
    return _join(table, [task.result() for task in asked])


def _join(table: ClaimTable, parts: list[Reread]) -> ClaimReadings:
    """Sort the verdicts on claims into the order of *table*."""
    verdicts = {verdict.claim_id: verdict for part in parts for verdict in part.verdicts}
    firsts: dict[str, tuple[str, Claim, Citation]] = {}
    for group in table.groups:
        for claim, citation in pair_citations(group):
            firsts.setdefault(claim.id, (group.id, claim, citation))
    return ClaimReadings(
        readings=tuple(
            _make_reading(*first, verdicts[name])
            for name, first in firsts.items()
            if name in verdicts
        ),
        failures=name_settings(failure for part in parts for failure in part.failures),
        usage=join_usage(part.usage for part in parts),
    )


def _make_reading(
    group_id: str, claim: Claim, citation: Citation, verdict: Verdict
) -> ClaimReading:
    return ClaimReading(
        group_id=group_id,
        claim_id=claim.id,
        claim=claim.text,
        citation=citation,
        verdict=verdict.kind,
        why=verdict.why,
    )
