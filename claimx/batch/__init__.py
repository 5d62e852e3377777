"""
Get answers at half the price within a day, by OpenAI's Batch API.

A batch holds the requests of a run that the cache cannot answer yet. Its answers
go into the same cache under the same keys, where the run then finds them. Batches
under way are noted in the cache's folder, so that they can be collected days
later from another shell.
"""

from claimx.batch.work import BatchReport, Submission, asubmit, collect, list_batches, submit

__all__ = ["BatchReport", "Submission", "asubmit", "collect", "list_batches", "submit"]
