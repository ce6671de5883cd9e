"""Boot: the first file of a bundle, which the interpreter executes. Makes the others importable and starts the module.

`BUNDLE` is what follows this file: for each further one the length of its name and the name, the length of its content
and the content, each length as four bytes, little end first. A file without an ending in its name is a setting.
Nothing may be imported before the finder stands: the standard library lies in the bundle, too.
"""

# mypy: ignore-errors
# ruff: noqa: F821, E402, SLF001 - BUNDLE is given by the interpreter, and imports come when they can be had

import _frozen_importlib
import sys

import _stdb

# A call inside a call takes room on the stack of the WebAssembly engine, whose overflow cannot be caught.
RECURSION_LIMIT = 220


def _files(data):
    files, at = {}, 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "little")
        name = str(data[at + 4 : at + 4 + size], "utf-8")
        at += 4 + size
        size = int.from_bytes(data[at : at + 4], "little")
        files[name] = data[at + 4 : at + 4 + size]
        at += 4 + size
    return files


class _BundleFinder:
    """Imports from the bundle."""

    def __init__(self, files):
        self._files = files

    def find_spec(self, name, path=None, target=None):
        base = name.replace(".", "/")
        for file, is_package in ((base + "/__init__.py", True), (base + ".py", False)):
            if file in self._files:
                return _frozen_importlib.ModuleSpec(name, self, origin=file, is_package=is_package)
        return None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        file = module.__spec__.origin
        module.__file__ = file
        # The docstrings of what is not the user's own are never read, and would take a tenth of the memory.
        optimize = 0 if file in _USERS else 2
        code = compile(self._files[file], file, "exec", dont_inherit=True, optimize=optimize)
        exec(code, module.__dict__)

    def get_source(self, name):
        spec = self.find_spec(name)
        return None if spec is None else str(self._files[spec.origin], "utf-8")

    def forget(self, kept):
        """Give up the sources of what has been imported, but for those that a traceback may show."""
        for module in list(sys.modules.values()):
            file = getattr(getattr(module, "__spec__", None), "origin", None)
            if file not in kept:
                self._files.pop(file, None)


class _Log:
    """Standard output and error: each line is one of the module's log."""

    encoding = "utf-8"
    errors = "backslashreplace"
    closed = False

    def __init__(self, level):
        self._level = level
        self._held = ""

    def write(self, text):
        *lines, self._held = (self._held + text).split("\n")
        for line in lines:
            # Where the line was written: the nearest frame that is no method of this class.
            frame = sys._getframe(1)
            _stdb.log(self._level, frame.f_code.co_filename, frame.f_lineno, line)
        return len(text)

    def flush(self):
        pass

    def isatty(self):
        return False

    def writable(self):
        return True


_FILES = _files(BUNDLE)
del BUNDLE
_USERS = frozenset(str(_FILES.get("users", b""), "utf-8").split("\n"))
_FINDER = _BundleFinder(_FILES)
sys.meta_path.insert(0, _FINDER)
sys.setrecursionlimit(RECURSION_LIMIT)
sys.stdout, sys.stderr = _Log(2), _Log(1)
sys.path[:] = []
# A pointer has 32 bits here, a number as many as it needs: this one is written where "more than all others" is meant.
sys.maxsize = (1 << 63) - 1


# Stands for `os` from now on, as it says itself: there are no files.
__import__("_dummy_os")

# A module has no clock but the time of its call, and no hour but that of UTC: to ask the interpreter's own ends the instance.
_time = 0


def _set_time(micros):
    global _time
    _time = micros


import time

_NATIVE = {name: getattr(time, name) for name in ("asctime", "gmtime", "strftime")}


def _gmtime(seconds=None):
    seconds = time.time() if seconds is None else seconds
    parts = list(_NATIVE["gmtime"](seconds))
    # The interpreter counts weekdays from Sunday, Python from Monday; the first of January 1970 was a Thursday.
    parts[6] = (int(seconds // 86400) + 3) % 7
    return time.struct_time(parts)


def _asctime(moment=None):
    return _NATIVE["asctime"](_gmtime() if moment is None else moment)


def _ctime(seconds=None):
    return _NATIVE["asctime"](_gmtime(seconds))


def _strftime(format, moment=None):
    # The interpreter does not know the names of zones.
    parts = [part.replace("%Z", "UTC").replace("%z", "+0000") for part in format.split("%%")]
    format = "%%".join(parts)
    return _NATIVE["strftime"](format, _gmtime() if moment is None else moment)


def _sleep(_seconds):
    raise OSError("a transaction cannot wait: put later work into a scheduled table")


time.gmtime = time.localtime = _gmtime
time.asctime, time.ctime, time.strftime, time.sleep = _asctime, _ctime, _strftime, _sleep
time.tzname, time.timezone, time.altzone, time.daylight = ("UTC", "UTC"), 0, 0, 0
time.time = time.monotonic = time.perf_counter = time.process_time = time.thread_time = lambda: _time / 1e6
time.time_ns = time.monotonic_ns = time.perf_counter_ns = time.process_time_ns = time.thread_time_ns = (
    lambda: _time * 1000
)
# Dates in Python ask that clock; the interpreter's own would not.
sys.modules["_datetime"] = None

_SDK = str(_FILES["sdk"], "utf-8")

if "_pycodecs.py" in _FILES:
    # An encoding is found by a search that this registers; what does the work is imported by a name that no import says.
    __import__("encodings")

    for _file in list(_FILES):
        if _file.startswith("encodings/") and _file.count("/") == 1 and not _file.endswith("__init__.py"):
            __import__(_file.removesuffix(".py").replace("/", "."))
    __import__("_pycodecs")

if not hasattr(_stdb, "constructor"):
    raise ImportError("this interpreter is of another version of the SDK: build it again by `make runtime`")
_native = __import__(_SDK + ".sats.bsatn.fast_build", fromlist=["Native"]).Native
_native.make, _native.constructor = _stdb.make, _stdb.constructor

_HOSTED = _SDK + ".module.hosted."
_entry = __import__(_HOSTED + "entry", fromlist=["HostedModule"])

# What is said by other loggers than `ctx.logger` goes to the database's log, too.
import logging

logging.getLogger().addHandler(__import__(_HOSTED + "log", fromlist=["HostLogHandler"]).HostLogHandler(_stdb))

_DEFINITION = _FILES["definition"]
_MODULE = _entry.HostedModule(
    _entry.module_in(str(_FILES["module"], "utf-8")),
    _stdb,
    seed=int(str(_FILES["seed"], "utf-8")),
    now=_set_time,
    is_older=_FILES["abi"] == b"1.x",
)
call_reducer = _MODULE.call_reducer
call_procedure = _MODULE.call_procedure
call_view = _MODULE.call_view


def describe():
    return _DEFINITION


# All that is here now goes into the module's file: what is not needed any more does not.
_FINDER.forget(_USERS)

import gc

gc.collect()
