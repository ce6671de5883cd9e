"""Publishing: a Python module as one WebAssembly file that a real SpacetimeDB runs.

The interpreter comes finished (`runtime/`, the package `spacetimedb-python-runtime`). `bundle` gathers the sources a module
needs, `freeze` starts the interpreter with them once and writes its memory into the file, `check` tells beforehand what
will not work there, `definition` reads what compiled modules of any language define. Needs the package `wasmtime`.
"""
