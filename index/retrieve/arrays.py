"""The arrays that retrieval works on. Each function's docstring gives their shapes.

A module of its own, so that what counts words, what scores and what ranks need not import each other for a type.
"""

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
