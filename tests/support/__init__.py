"""What tests need and is not itself a test: a Bot API server, the bot as a process, documents, embedders, a browser.

``benchmarks``, ``training`` and ``fuzzing`` may import this package and nothing else of ``tests``. Tests import neither
``benchmarks`` nor another test module. The import contracts in ``pyproject.toml`` and ``tests/project/test_rooms.py``
hold both.
"""
