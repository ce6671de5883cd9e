"""Views: what the playing scene shows in each state of its session."""
