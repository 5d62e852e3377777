"""Say what articles claim, who claims it, where exactly, and where they disagree."""

__version__ = "0.1.0"
