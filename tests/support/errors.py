"""What an error of the engine carries, for ``pytest.raises(..., check=...)``."""

from collections.abc import Callable

from index.errors import ModelError, ModelFault, Remedy, StoreError


def remedied_by(remedy: Remedy) -> Callable[[StoreError], bool]:
    return lambda error: error.remedy == remedy


def of_kind(kind: ModelFault, model: str | None = None) -> Callable[[ModelError], bool]:
    return lambda error: error.kind == kind and model in (None, error.model)
