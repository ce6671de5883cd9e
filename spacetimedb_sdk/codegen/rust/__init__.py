"""From a module definition to a crate in Rust with the same schema, for rules that are to be written again in it."""

from .crate import RustCrate, generate_crate
from .names import RustError
from .reducers import PythonSource

__all__ = ["PythonSource", "RustCrate", "RustError", "generate_crate"]
