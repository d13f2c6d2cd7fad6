"""Any OpenAI-compatible server, asked over HTTP: `http://HOST:PORT/v1#MODEL`.

The hot path is aiohttp: one request, one answer, everything about sampling said explicitly. What a server can is asked
once and never assumed. The vLLM backend is made of the same parts.
"""

from sfteval.backends.endpoint.backend import EndpointBackend, open_endpoint
from sfteval.backends.endpoint.probed import Probed

__all__ = ["EndpointBackend", "Probed", "open_endpoint"]
