"""Boot: the first file of a bundle, which the interpreter executes. Makes the others importable and starts the module.

`BUNDLE` is what follows this file: for each further one the length of its name and the name, the length of its content
and the content, each length as four bytes, little end first. A file without an ending in its name is a setting.
Nothing may be imported before the finder stands: the standard library lies in the bundle, too.

Where the finished module is to do without Python's compiler, all this runs twice. The first time what is compiled is recorded,
this file first, and is what the module is described by; the second time it comes with the bundle (`.pyc` beside each `.py`, and
`texts`), and the compiler is not called at all.
"""

# mypy: ignore-errors
# ruff: noqa: F821, E402, SLF001 - BUNDLE is given by the interpreter, and imports come when they can be had

import _codecs
import _frozen_importlib
import builtins
import marshal
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


COMPILER_LEFT_OUT = (
    "Python's compiler was left out when this module was published, for no line of it seemed to need it: "
    "publish it with --compiler"
)
# Modules that are not imported on trial: the interpreter has them already, or they leave something behind.
_NOT_TRIED = ("codecs", "encodings", "importlib", "_py_abc")


def _left_out(error):
    """The error, marked: `HostedModule` tells the caller what was left out of the file, and how to have it."""
    error.was_left_out = True
    return error


def _refuse_text(*_args, **_named):
    raise _left_out(RuntimeError(COMPILER_LEFT_OUT))


def _refuse_symbols(name):
    # What asks a module about itself is no use of it.
    if name.startswith("__"):
        raise AttributeError(name)
    _refuse_text()


class _Compiler:
    """Turns text into code; `known` is what others have compiled, as bytes. It records what it does itself."""

    def __init__(self, known):
        self._known = known
        self._used = set()
        self.recorded = {}
        self.is_left_out = False
        self._compile, self._exec, self._eval = builtins.compile, builtins.exec, builtins.eval

    def install(self):
        builtins.compile, builtins.exec, builtins.eval = self.compile, self.exec, self.eval

    def file(self, file, content):
        """The code of a file of the bundle."""
        # The docstrings of what is not the user's own are never read, and would take a tenth of the memory.
        optimize = 0 if file in _USERS else 2
        return self._compile(content, file, "exec", dont_inherit=True, optimize=optimize)

    def _code(self, text, file, mode):
        known = self._known.get((mode, file, text))
        if known is not None:
            self._used.add((mode, file, text))
            return marshal.loads(known)
        if self.is_left_out:
            _refuse_text()
        code = self._compile(text, file, mode, dont_inherit=True)
        self.recorded[mode, file, text] = marshal.dumps(code)
        return code

    def compile(self, source, filename, mode, flags=0, *args, **named):
        if not flags and isinstance(source, str):
            return self._code(source, filename, mode)
        if self.is_left_out:
            _refuse_text()
        return self._compile(source, filename, mode, flags, *args, **named)

    def exec(self, source, globals=None, locals=None, /, **named):
        self._run(self._exec, source, "exec", globals, locals, named)

    def eval(self, source, globals=None, locals=None, /, **named):
        source = source.lstrip(" \t") if isinstance(source, str) else source
        return self._run(self._eval, source, "eval", globals, locals, named)

    def _run(self, run, source, mode, names, inner, named):
        if self.is_left_out and isinstance(source, (bytes, bytearray, memoryview)):
            _refuse_text()
        code = self._code(source, "<string>", mode) if isinstance(source, str) else source
        names, inner = named.pop("globals", names), named.pop("locals", inner)
        if names is None:
            # Where none are given those of the caller are meant.
            frame = sys._getframe(2)
            names, inner = frame.f_globals, frame.f_locals if inner is None else inner
        return run(code, names, names if inner is None else inner, **named)

    def leave_out(self):
        """Compile nothing any more; what the start had compiled is not needed again."""
        self.is_left_out = True
        for key in self._used:
            del self._known[key]
        self._used.clear()
        self.recorded.clear()
        # What splits Python's text into words is a part of the compiler, and what lists its names.
        for name in ("_tokenize", "tokenize"):
            __import__("_tokenize")
            if name in sys.modules:
                sys.modules[name].TokenizerIter = _refuse_text
        symbols = sys.modules["_symtable"] = type(sys)("_symtable")
        symbols.__getattr__ = _refuse_symbols
        for module in list(sys.modules.values()):
            _dispense_with(module)


def _dispense_with(module):
    """Replace what only makes a text nicer by means of the compiler."""
    for path in _DISPENSABLE.get(getattr(module, "__name__", None), ()):
        *owners, last = path.split(".")
        place = module
        for owner in owners:
            place = getattr(place, owner)
        setattr(place, last, lambda *_args, **_named: None)


# Values inside of values in JSON: the stack that the interpreter does not see holds some 270 objects, or 900 lists, on a server of 1.2.
_MOST_NESTED = 250


def _bound_nesting(decoder):
    """Have `json.decoder` refuse what would end the instance: texts come from clients, too."""
    strings_and_others = decoder.re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[^][{}"]+', decoder.re.DOTALL)
    raw_decode = decoder.JSONDecoder.raw_decode

    def nesting(text):
        text = strings_and_others.sub("", text).replace("[", "{").replace("]", "}")
        for levels in range(_MOST_NESTED + 1):
            without = text.replace("{}", "")
            if len(without) == len(text):
                # What is left is not closed.
                return levels + text.count("{")
            text = without
        return _MOST_NESTED + 1

    def bounded(self, s, idx=0):
        if s.count("{") + s.count("[") > _MOST_NESTED and nesting(s) > _MOST_NESTED:
            raise RecursionError("maximum recursion depth exceeded while decoding JSON from a string")
        return raw_decode(self, s, idx)

    decoder.JSONDecoder.raw_decode = bounded


class _BundleFinder:
    """Imports from the bundle."""

    def __init__(self, files, compiler):
        self._files = files
        self._compiler = compiler

    def find_spec(self, name, path=None, target=None):
        base = name.replace(".", "/")
        for file, is_package in ((base + "/__init__.py", True), (base + ".py", False)):
            if file in self._files or file + "c" in self._files:
                return _frozen_importlib.ModuleSpec(name, self, origin=file, is_package=is_package)
        return None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        file = module.__spec__.origin
        module.__file__ = file
        compiled = self._files.get(file + "c")
        code = marshal.loads(compiled) if compiled else self._compiler.file(file, self._files[file])
        _EXEC(code, module.__dict__)
        if module.__name__ == "json.decoder":
            _bound_nesting(module)
        if self._compiler.is_left_out:
            _dispense_with(module)

    def get_source(self, name):
        spec = self.find_spec(name)
        source = None if spec is None else self._files.get(spec.origin)
        return None if source is None else str(source, "utf-8")

    def _imported(self):
        specs = [getattr(module, "__spec__", None) for module in list(sys.modules.values())]
        return {getattr(spec, "origin", None) for spec in specs} - {None}

    def compiled(self):
        """Every file of the bundle with its code, after all of the library has been imported on trial: what it compiles then is
        recorded."""
        found = {}
        for file in [file for file in self._files if file.endswith(".py")]:
            is_users = file in _USERS
            code = self._compiler.file(file, self._files[file])
            found[file + "c"] = marshal.dumps(code if is_users else _by_line(code))
            name = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            if not is_users and name not in sys.modules and name.partition(".")[0] not in _NOT_TRIED:
                try:
                    __import__(name)
                except BaseException:  # noqa: BLE001 - what cannot be imported here fails where it is wanted, if ever
                    continue
        return found

    def forget(self, kept):
        """Give up what has been imported, but for the sources that a traceback may show."""
        for file in self._imported():
            self._files.pop(file + "c", None)
            if file not in kept:
                self._files.pop(file, None)


def _by_line(code):
    """Code that knows the line of each instruction, as tracebacks want it, and not its columns."""
    table = bytearray()
    before = code.co_firstlineno
    for start, end, line in code.co_lines():
        units = (end - start) // 2
        while units > 0:
            count = min(units, 8)
            units -= count
            if line is None:
                table.append(0x80 | 15 << 3 | count - 1)
                continue
            table.append(0x80 | 13 << 3 | count - 1)
            step = line - before
            before = line
            step = -step << 1 | 1 if step < 0 else step << 1
            while step > 63:
                table.append(step & 63 | 64)
                step >>= 6
            table.append(step)
    consts = tuple([_by_line(item) if isinstance(item, type(code)) else item for item in code.co_consts])
    return code.replace(co_linetable=bytes(table), co_consts=consts)


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
_EXEC = exec
# `kept`, or `recorded` and then `left out`, as said at the top.
_COMPILING = str(_FILES.get("compiler", b"kept"), "utf-8")
# Functions of the library by their module, each as its path there.
_DISPENSABLE = {}
for _name in str(_FILES.get("dispensable", b""), "utf-8").split():
    _DISPENSABLE.setdefault(_name.split(":")[0], []).append(_name.split(":")[1])
_COMPILER = _Compiler(marshal.loads(_FILES.pop("texts")) if "texts" in _FILES else {})
if _COMPILING != "kept":
    _COMPILER.install()
_FINDER = _BundleFinder(_FILES, _COMPILER)
sys.meta_path.insert(0, _FINDER)

# Modules that the finished interpreter is without: they are not found, as if they had never been.
_ABSENT = frozenset(str(_FILES.get("absent", b""), "utf-8").split())


class _BuiltinFinder:
    """Imports what is part of the interpreter."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        return None if name in _ABSENT else _frozen_importlib.BuiltinImporter.find_spec(name, path, target)


sys.meta_path[:] = [
    _BuiltinFinder if item is _frozen_importlib.BuiltinImporter else item for item in sys.meta_path
]
# What an import fails with begins so, by any way: a frame around each import would leave less room for those inside others.
_frozen_importlib._ERR_MSG_PREFIX = (
    "this module's file has only what some line imports, and a plain `import` anywhere in the module is enough: "
    + _frozen_importlib._ERR_MSG_PREFIX
)
if "unicodedata" in _ABSENT:

    def _refuse_names(_error):
        raise _left_out(
            LookupError(
                "the names of letters were left out when this module was published, for no line of it seemed to need them: "
                "a plain `import unicodedata` anywhere in the module has them stay"
            )
        )

    _codecs.register_error("namereplace", _refuse_names)
sys.setrecursionlimit(RECURSION_LIMIT)
sys.stdout, sys.stderr = _Log(2), _Log(1)
sys.path[:] = []
# A pointer has 32 bits here, a number as many as it needs: this one is written where "more than all others" is meant.
sys.maxsize = (1 << 63) - 1


def _refuse_tracing(*_args):
    raise RuntimeError("what runs inside a database can be neither traced nor profiled")


sys.settrace = sys.setprofile = _refuse_tracing
if hasattr(sys, "monitoring"):
    sys.monitoring.use_tool_id = _refuse_tracing

# The names of the system's errors, in the order of their numbers: the library names some, if only to raise them.
_ERRORS = (
    "EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR "
    "EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS "
    "ENOTEMPTY ELOOP"
)
import errno

for _number, _name in enumerate(_ERRORS.split(), 1):
    if not hasattr(errno, _name):
        setattr(errno, _name, _number)
        errno.errorcode.setdefault(_number, _name)
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
    # Dates in Python ask for their zone by this.
    return time.struct_time([*parts[:9], "UTC", 0])


def _asctime(moment=None):
    return _NATIVE["asctime"](_gmtime() if moment is None else moment)


def _ctime(seconds=None):
    return _NATIVE["asctime"](_gmtime(seconds))


# The interpreter does not know the names of zones, writes dates as nobody does, and has the day of the week from the date alone.
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DIRECTIVES = {
    "%Z": "UTC",
    "%z": "+0000",
    "%c": "%a %b %e %H:%M:%S %Y",
    "%x": "%m/%d/%y",
    "%r": "%I:%M:%S %p",
}


def _strftime(format, moment=None):
    moment = _gmtime() if moment is None else moment
    directives = _DIRECTIVES
    if isinstance(moment, tuple) and len(moment) == 9:
        day = moment[6] % 7
        name = _WEEKDAYS[day]
        directives = {**directives, "%a": name[:3], "%A": name, "%u": str(day + 1), "%w": str((day + 1) % 7)}
    parts = format.split("%%")
    for directive, meant in directives.items():
        parts = [part.replace(directive, meant) for part in parts]
    format = "%%".join(parts)
    return _NATIVE["strftime"](format, moment)


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

if not hasattr(_stdb, "within_reach"):
    raise ImportError("this interpreter is of another version of the SDK: build it again by `make runtime`")
_native = __import__(_SDK + ".sats.bsatn.fast_build", fromlist=["Native"]).Native
_native.make, _native.constructor, _native.within_reach = _stdb.make, _stdb.constructor, _stdb.within_reach

_HOSTED = _SDK + ".module.hosted."
_entry = __import__(_HOSTED + "entry", fromlist=["HostedModule"])

# What is said by other loggers than `ctx.logger` goes to the database's log, too.
import logging

logging.getLogger().addHandler(__import__(_HOSTED + "log", fromlist=["HostLogHandler"]).HostLogHandler(_stdb))

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


_DEFINITION = _FILES["definition"]
if _COMPILING == "recorded":
    _COMPILED = {"boot": marshal.dumps(_by_line(sys._getframe().f_code)), **_FINDER.compiled()}
    _COMPILED["texts"] = marshal.dumps(_COMPILER.recorded)
    _PARTS = [part for name, data in _COMPILED.items() for part in (name.encode(), data)]
    _DEFINITION = b"".join([len(part).to_bytes(4, "little") + part for part in _PARTS])
elif _COMPILING == "left out":
    _COMPILER.leave_out()

# All that is here now goes into the module's file: what is not needed any more does not.
_FINDER.forget(_USERS)

import gc

gc.collect()
