"""
Answers at half the price within a day, by OpenAI's Batch API.

A batch is the run's own requests, those that the cache cannot answer yet. Its
answers go into the same cache, under the same keys; the run then finds them
there. What is under way is noted in the cache's folder, for another shell to
collect days later.
"""

from claimx.batch.work import BatchReport, Submission, asubmit, collect, list_batches, submit

__all__ = ["BatchReport", "Submission", "asubmit", "collect", "list_batches", "submit"]
