"""Stored scores in, the gate's own error rates out: how often it cries wolf, and what it sees.

`material` gathers the answers that may be dealt to either side, `deal` replays the whole gate on them, `rates` counts
what it said, `picture` draws it. Nothing is asked. Source: research on statistics, 5.1.
"""

from sfteval.replays.deal import replay
from sfteval.replays.material import Material, material_of
from sfteval.replays.picture import badge, curve
from sfteval.replays.rates import Rates

__all__ = ["Material", "Rates", "badge", "curve", "material_of", "replay"]
