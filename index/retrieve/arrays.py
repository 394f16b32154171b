"""The arrays that retrieval works on. Each function's docstring gives their shapes."""

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
