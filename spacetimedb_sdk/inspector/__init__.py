"""The inspector: a page that shows what a database holds and does, for its developer.

`python -m spacetimedb_sdk inspect shop` opens it, on this machine alone. What is here but `pages/` knows no page: the
database that is watched, rows that are filtered, forms, the log. Needs the extra `inspect`.
"""
