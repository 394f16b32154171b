"""Train the reading model: ``python -m training.reading --data DIR``."""
