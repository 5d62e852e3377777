"""
What can go wrong, drawn as a tree.

ClaimxError
├── InputError            this file or text cannot be used
├── OutputError           the result cannot be written there
├── PromptError           prompt file missing, or a placeholder unfilled
└── ModelError            asked, no usable answer
    ├── ModelRefused          wrong key, unknown model: asking again is useless
    ├── ModelUnavailable      network, 429, 5xx after the last attempt
    ├── ModelOutputInvalid    answer never fitted the schema
    ├── RunStopped            nothing more is asked in this run
    │   └── BudgetSpent           the limit in requests or money is reached
    ├── NotAsked              planning only: no answer is at hand
    └── OfflineMiss           replaying, and no recorded answer

A class exists only where a caller acts differently. Every message names the
thing, the offending value and the next step, on one line.
"""


class ClaimxError(Exception):
    """Anything claimx raises on purpose."""


class InputError(ClaimxError):
    """This file or text cannot be used; other files still can."""


class OutputError(ClaimxError):
    """The result cannot be written where it was asked for."""


class PromptError(ClaimxError):
    """A prompt file is missing, malformed, or leaves a placeholder unfilled."""


class ModelError(ClaimxError):
    """The model was asked and gave no usable answer."""


class ModelRefused(ModelError):
    """The server will never answer this run: wrong key, unknown model, bad request."""


class ModelUnavailable(ModelError):
    """The server could not be reached, or was too busy, at the last attempt too."""


class ModelOutputInvalid(ModelError):
    """The answer never fitted the schema."""


class RunStopped(ModelError):
    """The run asks nothing more: it was told to stop, or too much failed in a row."""


class BudgetSpent(RunStopped):
    """The run's limit in requests or money leaves no room for this question."""


class NotAsked(ModelError):
    """Planning: there is no answer to this question yet, and nothing was sent."""


class OfflineMiss(ModelError):
    """Replaying, and this request has no recorded answer."""
