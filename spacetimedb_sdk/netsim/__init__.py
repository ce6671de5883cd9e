"""Netsim: bad networks for tests and demonstrations: latency, jitter, loss, cuts, as conditions, a proxy or a link."""
