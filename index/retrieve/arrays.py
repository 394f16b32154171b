"""The array types of retrieval, shared by its modules. The docstring of each function gives the shapes."""

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
