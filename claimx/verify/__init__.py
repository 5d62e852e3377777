"""Verify a table: does every citation still stand where it says, and state its claim?"""

from claimx.verify.result import Check, Reading, Readings, Standing, Verification
from claimx.verify.verify import verify

__all__ = ["Check", "Reading", "Readings", "Standing", "Verification", "verify"]
