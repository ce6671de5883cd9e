"""Subscriptions: who is subscribed to what, and what each commit means to them."""
