"""The catalogue of services: a name in, a stateful toy service with its tools out, one line a service.

A service is one module with a constant `SERVICE`. Third parties add theirs by the entry point group `sfteval.agents`
(name = the service's name, value = a `Service`). Nothing here evaluates text: a tool is a Python function over JSON.
Does not know models, conversations or scores; who validates arguments stands above (`sfteval.rollout`).
"""

from importlib import import_module
from importlib.metadata import entry_points

from sfteval.agents.service import Service, ServiceTool, is_refusal, refused
from sfteval.errors import DataError, nearest

GROUP = "sfteval.agents"
SERVICES: dict[str, str] = {
    "calendar": "sfteval.agents.calendar",
    "shop": "sfteval.agents.shop",
    "bank": "sfteval.agents.bank",
    "notes": "sfteval.agents.notes",
    "trains": "sfteval.agents.trains",
    "errands": "sfteval.agents.errands",
}

__all__ = ["SERVICES", "Service", "ServiceTool", "is_refusal", "refused", "service_named"]


def service_named(name: str, where: str = "services") -> Service:
    """Return the service of this name; `where` names the item that asks for it.

    Raises: DataError for a name that nobody knows, and for an entry point that is no service.
    """
    if name in SERVICES:
        found: object = import_module(SERVICES[name]).SERVICE
    else:
        plugins = {point.name: point for point in entry_points(group=GROUP)}
        if name not in plugins:
            known = nearest(name, [*SERVICES, *plugins])
            raise DataError(where, expected="a known service", got=f'"{name}"', next_move=known)
        found = plugins[name].load()
    if not isinstance(found, Service):
        raise DataError(
            f'{where}, service "{name}"',
            expected="a sfteval.agents.Service",
            got=type(found).__name__,
            next_move="Mend the entry point",
        )
    return found
