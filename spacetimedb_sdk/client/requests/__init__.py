"""Requests: what a client asks for, from the question to its answer: calls, queries and subscriptions."""
