"""The failures that the command line tells in one sentence."""

__all__ = ["DoorError"]


class DoorError(Exception):
    """Something that a person can put right; the text is one sentence that says how."""
