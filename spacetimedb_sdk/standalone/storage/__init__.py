"""Storage: what keeps a database's commits on disk, and brings them back. Knows tables, no module."""
