"""Library: what is known of Python's standard library as the interpreter has it, by reading it."""
