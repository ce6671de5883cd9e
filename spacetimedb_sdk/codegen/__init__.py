"""From a module definition to a package of typed bindings: one file per table, type and reducer."""

from .package import GenerateError, generate, render, write_package
from .public_part import fingerprint, public_part

__all__ = ["GenerateError", "fingerprint", "generate", "public_part", "render", "write_package"]
