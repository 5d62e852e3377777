"""
Match claims that do not fit into memory: the steps of `Matcher`, on files.

The result is that of `match_claims`, byte for byte, into however many parts the claims are cut
and in whatever order these come. Needs the extra ``parquet``.
"""

from claimx.match.stages.flow import match_parts
from claimx.match.stages.run import Run, run_here

__all__ = ["Run", "match_parts", "run_here"]
