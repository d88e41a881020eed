"""The one error of the local stack: a sentence for the person at the terminal."""


class LocalStackError(Exception):
    """Something is missing or went wrong; `str(error)` says what, and what to do where we know."""
