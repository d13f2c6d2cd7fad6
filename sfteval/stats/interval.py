"""An interval that names its level and its method, and the arrays that the room works on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided confidence interval."""

    low: float
    high: float
    level: float
    method: str

    def mirrored(self) -> "Interval":
        """Return the interval of the negated quantity."""
        return Interval(-self.high, -self.low, self.level, self.method)
