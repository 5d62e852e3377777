"""
Extract from more articles than one process can take: in parts, each done and kept by itself.

The stages know nothing of it. A part is worked on by a process of this machine or of a
cluster, and what is kept of it is found again by the same command.
"""

from claimx.parts.flow import aextract_parts, aextract_rows, extract_parts
from claimx.parts.records import Large, RunProgress
from claimx.parts.status import Status, read_status

__all__ = [
    "Large",
    "RunProgress",
    "Status",
    "aextract_parts",
    "aextract_rows",
    "extract_parts",
    "read_status",
]
