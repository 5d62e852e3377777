"""Verify a table: is every citation still in its document, and does it state its claim?"""

from claimx.review.verify.result import Check, Reading, Readings, Standing, Verification
from claimx.review.verify.verify import verify

__all__ = ["Check", "Reading", "Readings", "Standing", "Verification", "verify"]
