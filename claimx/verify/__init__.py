"""Verify a table: does every citation still stand where it says?"""

from claimx.verify.result import Check, Standing, Verification
from claimx.verify.verify import verify

__all__ = ["Check", "Standing", "Verification", "verify"]
