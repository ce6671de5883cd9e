"""Stands for `os` inside a database, where there is no operating system: paths are taken apart as elsewhere, the environment
is empty, and everything else says that it is not there.
"""

# ruff: noqa: E402, SIM905 - the order is that in which things can be had

import abc
import sys

_MISSING = frozenset(
    "access chdir chmod close execv fdopen fstat get_terminal_size kill link listdir lstat makedirs mkdir open pipe popen "
    "putenv read readlink remove removedirs rename renames replace rmdir scandir stat symlink system truncate unlink unsetenv "
    "urandom utime waitpid walk write".split()
)


def __getattr__(name):
    # Flags of functions that are not there: modules put them together when they are imported.
    if name.isupper():
        return 0
    # Modules ask for others, to know what there is.
    if name not in _MISSING:
        raise AttributeError(f"module 'os' has no attribute '{name}' inside a database", name=name)

    def missing(*_args, **_options):
        raise OSError(
            f"os.{name}() is not there inside a database: it has no files, no processes and no chance of its own"
        )

    missing.__name__ = name
    return missing


sys.modules["os"] = sys.modules["posix"] = sys.modules[__name__]

import posixpath as path

sys.modules["os.path"] = path
del sys

name = "posix"
sep, altsep, pardir, curdir, extsep = "/", None, "..", ".", "."
linesep, pathsep, devnull, defpath = "\n", ":", "/dev/null", ""
environ = {}
environb = {}
error = OSError
stat_result = tuple
supports_dir_fd = supports_effective_ids = supports_fd = supports_follow_symlinks = frozenset()


def getenv(key, default=None):
    return default


def getcwd():
    return "/"


def getpid():
    return 1


def fspath(path):
    """The text or bytes of something that stands for a path."""
    if isinstance(path, (str, bytes)):
        return path
    kind = type(path)
    try:
        told = kind.__fspath__(path)
    except AttributeError:
        raise TypeError(f"expected str, bytes or os.PathLike object, not {kind.__name__}") from None
    if isinstance(told, (str, bytes)):
        return told
    raise TypeError(
        f"expected {kind.__name__}.__fspath__() to return str or bytes, not {type(told).__name__}"
    )


def fsencode(filename):
    filename = fspath(filename)
    return filename.encode("utf-8", "surrogateescape") if isinstance(filename, str) else filename


def fsdecode(filename):
    filename = fspath(filename)
    return filename.decode("utf-8", "surrogateescape") if isinstance(filename, bytes) else filename


class PathLike(abc.ABC):
    """What has a path to tell."""

    @abc.abstractmethod
    def __fspath__(self):
        raise NotImplementedError

    @classmethod
    def __subclasshook__(cls, subclass):
        return hasattr(subclass, "__fspath__")
