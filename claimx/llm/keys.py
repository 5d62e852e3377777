"""Say which key is missing, before a server is asked."""

from claimx.errors import InputError
from claimx.settings import Settings


def check_key(settings: Settings, whom: str = "", instead: str = "") -> None:
    """
    Check that there is a key for the server of *settings*, if it is known to need one.

    Args:
        settings: What names the server and the key.
        whom: What the key is for, in the message; by default, the model.
        instead: What to do without a key; by default, replay a recording.

    Raises:
        InputError: If a key is needed, and there is none.
    """
    if settings.client is not None or settings.replay is not None or settings.api_key is not None:
        return
    variable = settings.key_variable if settings.provider or not settings.base_url else None
    if variable is not None:
        whom = settings.provider or whom or str(settings.model)
        other = "--api-key-file FILE" if settings.provider else "--base-url for a local server"
        instead = instead or f"or {other}, or --replay DIR"
        raise InputError(f"No key for {whom}: set {variable}, {instead}.")
