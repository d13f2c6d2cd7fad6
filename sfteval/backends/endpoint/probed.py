"""What one served model can, asked of its server once in a command, however many ask and how often.

A comparison opens each side twice (to rehearse, to run), and both sides may be one model under two settings.
"""

import asyncio

from sfteval.backends.endpoint.capabilities import Capabilities
from sfteval.backends.endpoint.client import Client
from sfteval.backends.endpoint.probing import probe


class Probed:
    """The capabilities of one model at one address; nothing is asked before somebody wants to know."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._can: Capabilities | None = None
        self._probing = asyncio.Lock()

    async def capabilities(self, client: Client, model: str) -> Capabilities:
        """Return what the server can, asking it the first time; who failed to find out leaves it to the next.

        Raises: BackendError when it does not answer, refuses the key or does not know the model.
        """
        async with self._probing:
            if self._can is None:
                self._can = await probe(client, model)
            return self._can
