"""Wire: server messages written from rows and parts that are encoded once for all their receivers."""
