"""Check that a claim states nothing as fact that the cited text only alleges."""

from collections.abc import Iterator

from claimx.allegations import find_dropped_allegation
from claimx.ground.source import Case
from claimx.records import Flag


def check_allegations(case: Case) -> Iterator[Flag]:
    """Flag a claim that leaves out "allegedly", "accused of" and their like."""
    if cue := find_dropped_allegation(case.claim.text, case.cited.text):
        yield Flag(kind="modality", message=f'stated as fact; the cited text has "{cue.words}"')
