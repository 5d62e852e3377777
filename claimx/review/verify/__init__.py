"""Verify a table: does every citation still stand where it says, and state its claim?"""

from claimx.review.verify.result import Check, Reading, Readings, Standing, Verification
from claimx.review.verify.verify import verify

__all__ = ["Check", "Reading", "Readings", "Standing", "Verification", "verify"]
