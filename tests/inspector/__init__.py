"""The inspector: its parts without a page, and its page in a real browser."""
