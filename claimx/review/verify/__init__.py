"""Verify a table: is every citation still in its document, and does it state its claim?"""

from claimx.review.verify.result import Check, ClaimReading, ClaimReadings, Standing, Verification
from claimx.review.verify.verify import verify

__all__ = ["Check", "ClaimReading", "ClaimReadings", "Standing", "Verification", "verify"]
