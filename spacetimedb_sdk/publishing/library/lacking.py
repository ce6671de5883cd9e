"""Lacking: what of Python's library is not inside a database, and what to do without it."""

from __future__ import annotations

import sys

__all__ = [
    "NAMES",
    "NO_WAITING",
    "PATH_METHODS",
    "is_lacking",
    "reason_of_argument",
    "reason_of_module",
    "reason_of_name",
    "reason_of_path",
]

_NO_FILES = "there are no files inside a database: keep what you need in tables or in the source"
_NO_TERMINAL = "there is no terminal inside a database"
_NO_THREADS = "a module has one thread: put later work into a scheduled table"
NO_WAITING = "a transaction cannot wait: put later work into a scheduled table"
_NO_PROCESSES = "a module starts no processes"
_NO_NETWORK = "a module has no network of its own: procedures ask other servers by ctx.http"
_NO_SYSTEM = "there is no operating system inside a database"
_NO_EXIT = "a function ends by return, a call is refused by raise ReducerError"
_NO_CHANCE = "a database has no chance of its own: use ctx.rng"
_NO_CLOCK = "the only time is that of the call: ctx.timestamp, or time.time()"
_NO_TRACING = "what runs inside a database can be neither traced nor profiled"
_ZIPPED = "of compression there is zlib alone"
_OUTSIDE = "that stays outside: spacetimedb_sdk.testing drives a module"
_TABLES = "the database is at hand: use tables"

# What is asked of the system by full names, those that end in a dot for all below, and why it is of no use.
NAMES = {
    "open": _NO_FILES,
    "io.open": _NO_FILES,
    "io.open_code": _NO_FILES,
    "io.FileIO": _NO_FILES,
    "codecs.open": _NO_FILES,
    "logging.FileHandler": _NO_FILES,
    "input": _NO_TERMINAL,
    "breakpoint": _NO_TERMINAL,
    "help": _NO_TERMINAL,
    "exit": _NO_EXIT,
    "quit": _NO_EXIT,
    "sys.exit": _NO_EXIT,
    "sys.stdin": _NO_TERMINAL,
    "sys.settrace": _NO_TRACING,
    "sys.setprofile": _NO_TRACING,
    "time.sleep": NO_WAITING,
    "time.tzset": _NO_CLOCK,
    "time.get_clock_info": _NO_CLOCK,
    "time.clock_gettime": _NO_CLOCK,
    "time.clock_gettime_ns": _NO_CLOCK,
    "time.clock_getres": _NO_CLOCK,
    "threading.Thread": _NO_THREADS,
    "threading.Timer": _NO_THREADS,
    "threading.Barrier": _NO_THREADS,
    "threading.settrace": _NO_TRACING,
    "threading.setprofile": _NO_TRACING,
    "platform.": _NO_SYSTEM,
    "argparse.": _NO_TERMINAL,
    "glob.": _NO_FILES,
    "secrets.": _NO_CHANCE,
    "random.": _NO_CHANCE,
    "uuid.uuid1": "use ctx.new_uuid_v7()",
    "uuid.uuid4": "use ctx.new_uuid_v4()",
    "uuid.uuid6": "use ctx.new_uuid_v7()",
    "uuid.uuid7": "use ctx.new_uuid_v7()",
    "uuid.getnode": _NO_NETWORK,
    "os.system": _NO_PROCESSES,
    "os.popen": _NO_PROCESSES,
    "os.urandom": _NO_CHANCE,
    "os.": _NO_SYSTEM,
}
# What is there of those all the same: of `os`, what takes names apart and needs no system.
_KEPT = frozenset(
    ["argparse.Namespace", "glob.escape", "glob.has_magic", "random.Random", "secrets.compare_digest", "os.PathLike", "os.fspath",
     "os.fsencode", "os.fsdecode", "os.getenv", "os.environ", "os.error", "os.path", "os.name", "os.sep", "os.altsep", "os.extsep",
     "os.pathsep", "os.linesep", "os.curdir", "os.pardir", "platform.system", "platform.machine", "platform.node", "platform.platform",
     "platform.python_implementation", "platform.python_version", "platform.python_version_tuple"]
)  # fmt: skip
_ASKING_PATHS = frozenset(
    ["exists", "lexists", "isfile", "isdir", "islink", "ismount", "getsize", "getmtime", "getatime", "getctime", "samefile", "realpath"]
)  # fmt: skip
# Methods of a `pathlib.Path` that look at the disk, whatever the path is called by.
PATH_METHODS = frozenset(
    ["read_text", "read_bytes", "write_text", "write_bytes", "iterdir", "touch", "mkdir", "unlink", "is_file", "is_dir"]
)  # fmt: skip
# Functions of `struct` that are given a format first.
_FORMATTED = frozenset(["Struct", "calcsize", "iter_unpack", "pack", "pack_into", "unpack", "unpack_from"])
# What a compiler for 32 bits makes four bytes long, and one for 64 bits mostly eight.
_WORDS = frozenset("lLnNP")
_STRIPPING = frozenset(["strip", "lstrip", "rstrip"])
# Modules that the interpreter's library is without.
_MODULES = {
    _NO_NETWORK: "ftplib http.client http.cookiejar http.cookies http.server imaplib nntplib poplib smtplib socket socketserver ssl telnetlib "
    "urllib.error urllib.request urllib.response urllib.robotparser webbrowser wsgiref xmlrpc",
    NO_WAITING: "asynchat asyncio asyncore sched",
    _NO_THREADS: "concurrent",
    _NO_PROCESSES: "multiprocessing signal subprocess",
    _NO_TERMINAL: "cmd code curses getpass optparse readline rlcompleter tkinter turtle turtledemo",
    _NO_FILES: "compileall filecmp fileinput logging.config logging.handlers mailbox mmap netrc py_compile pyclbr runpy shutil tempfile zipapp "
    "zipimport importlib.metadata importlib.readers importlib.resources importlib.simple",
    _NO_SYSTEM: "ctypes faulthandler fcntl grp msvcrt nt pty pwd resource select selectors site sysconfig syslog termios tty "
    "winreg winsound",
    _OUTSIDE: "bdb cProfile doctest modulefinder pdb profile pstats pydoc timeit trace tracemalloc unittest",
    _TABLES: "dbm shelve sqlite3",
    _ZIPPED: "bz2 gzip lzma tarfile zipfile",
    "it has no time zones but UTC, and what a timezone(timedelta(hours=2)) of datetime says": "zoneinfo",
    "use json or tomllib; html.escape and html.unescape do for texts": "plistlib xml",
}
_REASON = {name: why for why, names in _MODULES.items() for name in names.split()}


def is_lacking(name: str) -> bool:
    """Whether a module of that full name is known to be lacking, apart from the package it is in."""
    return name in _REASON


def reason_of_module(name: str) -> str:
    """Why a module that is not there is not, and what to do instead."""
    top = name.partition(".")[0]
    known = _REASON.get(name) or _REASON.get(top)
    if known is not None:
        return known
    if top in sys.stdlib_module_names:
        return "the interpreter there is without this part of Python's library"
    return "only pure Python can be taken along"


def reason_of_name(name: str) -> str | None:
    """Why what has that full name is of no use; None where it is."""
    if name in NAMES:
        return NAMES[name]
    if name.startswith("os.path.") and name.rpartition(".")[2] in _ASKING_PATHS:
        return _NO_FILES
    top, dot, rest = name.partition(".")
    if not dot or "." in rest or name in _KEPT:
        return None
    return NAMES.get(f"{top}.")


def reason_of_path(method: str) -> str:
    """Why a method of `PATH_METHODS` is of no use."""
    return f"{method}() of a path will not work: {_NO_FILES}"


def reason_of_argument(name: str, method: str, value: object) -> str | None:
    """Why a call with `value` for its first argument gives something else there; None where it does not. `name` is the full name of
    what is called, where it has one, `method` its last part."""
    if isinstance(value, bytes):
        if method in _STRIPPING and not value.isascii():
            return f"{method}() leaves bytes above 127 where they are: use removeprefix(), or look at them one by one"
        value = value.decode("latin-1")
    if not isinstance(value, str):
        return None
    if name == "array.array" and value in {"l", "L"}:
        return f"an array of {value!r} has four bytes for each number there: use 'i' or 'q', or 'I' or 'Q'"
    owner, _, function = name.partition(".")
    if owner == "struct" and function in _FORMATTED and value[:1] not in "<>=!" and _WORDS & {*value}:
        return (
            f"{', '.join(sorted(_WORDS & {*value}))} in a format of struct takes four bytes there: begin the format with '<', and "
            "write i for four bytes and q for eight"
        )
    return None
