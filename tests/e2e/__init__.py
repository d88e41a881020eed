"""One package, so that its stack is gone when a worker leaves it (tests/e2e/conftest.py)."""
