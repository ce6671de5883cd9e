"""Builds the interpreter that Python modules run in: `make runtime`, into `runtime/dist`.

Needs Rust with the WebAssembly target (`rustup target add wasm32-unknown-unknown`), or, where that cannot be had, the
source of Rust's standard library beside a compiler that builds it (Debian: `apt-get install rustc-web rust-web-src lld`).
The first build takes about twenty minutes on two cores.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
# Run as a script, this finds the rest of the checkout all the same.
sys.path.insert(0, str(HERE.parent))

from runtime.parts import NEVER, finished  # noqa: E402 - found by the line before
from spacetimedb_sdk.publishing.instance import ModuleInstance  # noqa: E402

PACKAGE = "spacetimedb_python_runtime"
BOOT = HERE.parent / "spacetimedb_sdk" / "module" / "hosted" / "boot.py"
TARGET = "wasm32-unknown-unknown"
# What each call inside a call takes of the stack is the interpreter's, not Python's, to say: more than the usual megabyte.
STACK_BYTES = 8 << 20
# Where in Rust's sources a panic arises, how Rust shows its values to who debugs it, and how a stack is unwound: no module sees any of
# it. A panic's own text stays.
UNSEEN = "-Zlocation-detail=none -Zfmt-debug=shallow -Cforce-unwind-tables=no"
# Parts of the standard library that are of no use without files, a terminal, a network or threads.
LEFT_OUT = frozenset(
    ["_aix_support", "_android_support", "_apple_support", "_ios_support", "_osx_support", "_pyio", "_pyrepl", "antigravity", "asyncio", "bdb", "bz2", "cgi", "cmd", "code", "compileall", "compression", "concurrent", "ctypes", "curses", "dbm", "doctest", "ensurepip", "filecmp", "fileinput", "ftplib", "getpass", "gzip", "http", "idlelib", "imaplib", "lzma", "mailbox", "modulefinder", "multiprocessing", "netrc", "nturl2path", "optparse", "pdb", "pickletools", "os", "poplib", "profile", "pstats", "pty", "py_compile", "pyclbr", "pydoc", "pydoc_data", "rlcompleter", "runpy", "sched", "selectors", "shelve", "shutil", "site", "smtplib", "socket", "socketserver", "sqlite3", "ssl", "subprocess", "sysconfig", "tabnanny", "tarfile", "tempfile", "test", "this", "timeit", "tkinter", "trace", "tracemalloc", "tty", "turtle", "turtledemo", "unittest", "venv", "webbrowser", "wsgiref", "xml", "xmlrpc", "zipapp", "zipfile", "zipimport"]
)  # fmt: skip

# Of those, what is pure names and numbers.
KEPT = ("http/__init__.py",)


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def environment() -> tuple[dict[str, str], list[str]]:
    """The variables and further words that cargo needs, by what there is on this machine."""
    flags = f'--cfg getrandom_backend="custom" -C link-arg=-zstack-size={STACK_BYTES} {UNSEEN}'
    variables = {
        **os.environ,
        # Two of the flags of `UNSEEN` are not settled yet: a compiler that is no nightly one wants to be asked in this way.
        "RUSTC_BOOTSTRAP": "1",
        "CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS": "fallback",
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS": flags,
    }
    root = output("rustc", "--print", "sysroot")
    if root and (Path(root) / "lib" / "rustlib" / TARGET).is_dir():
        return variables, []
    web = Path("/usr/bin/rustc")
    if not web.is_file() or not Path("/usr/lib/rustlib/src/rust/library").is_dir():
        raise SystemExit(
            f"building the runtime needs Rust's standard library for {TARGET}: `rustup target add {TARGET}`, or on Debian "
            "`apt-get install rustc-web rust-web-src lld`"
        )
    linker = next(iter(Path(root).rglob("rust-lld")), None) if root else None
    variables["RUSTC"] = str(web)
    variables["CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER"] = str(linker or "wasm-ld")
    return variables, ["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"]


def output(*command: str) -> str:
    """What a command prints, or nothing where it cannot be run."""
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def compiled(features: list[str]) -> Path:
    """The module that cargo builds."""
    variables, words = environment()
    command = [
        "cargo",
        "rustc",
        "--release",
        "--locked",
        "--target",
        TARGET,
        *words,
        "--crate-type",
        "cdylib",
    ]
    command += ["--features", ",".join(features)] if features else []
    # Names and relocations say what is there for what, see `parts.py`; they are not in the finished interpreter.
    command += ["--", "-C", "strip=none", "-C", "link-arg=--emit-relocs"]
    subprocess.run(command, check=True, cwd=HERE, env=variables)
    folder = Path(variables.get("CARGO_TARGET_DIR") or HERE / "target")
    return folder / TARGET / "release" / "spacetimedb_python_runtime.wasm"


def optimized(wasm: bytes) -> bytes:
    """The module through wasm-opt, where there is one: a fifth smaller, and no slower. Names are kept."""
    optimizer = shutil.which("wasm-opt")
    if optimizer is None:
        say(
            "wasm-opt is not installed: the modules stay larger than they could be (Debian: apt-get install binaryen)"
        )
        return wasm
    features = [
        "--enable-bulk-memory",
        "--enable-sign-ext",
        "--enable-mutable-globals",
        "--enable-nontrapping-float-to-int",
    ]
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "linked.wasm"), Path(folder, "optimized.wasm")
        source.write_bytes(wasm)
        subprocess.run([optimizer, "-O2", "-g", *features, str(source), "-o", str(target)], check=True)
        return target.read_bytes()


def library() -> Path:
    """The standard library as its crate carries it."""
    metadata = json.loads(
        subprocess.run(
            ["cargo", "metadata", "--format-version", "1", "--locked"],
            check=True, capture_output=True, cwd=HERE, env=environment()[0],
        ).stdout
    )  # fmt: skip
    crate = next(item for item in metadata["packages"] if item["name"] == "rustpython-pylib")
    return Path(crate["manifest_path"]).parent / "Lib"


def copy_library(source: Path, target: Path) -> None:
    """What of the library a module can use, and this project's stand-ins for what has no place there."""
    if target.exists():
        shutil.rmtree(target)
    target.mkdir(parents=True)
    ignored = shutil.ignore_patterns("test", "tests", "__pycache__", "*.txt", "*.rst")
    for item in sorted(source.iterdir()):
        if item.stem in LEFT_OUT or item.name.startswith("__"):
            if item.name != "__future__.py":
                continue
        if item.is_dir():
            shutil.copytree(item, target / item.name, ignore=ignored)
        elif item.suffix == ".py" or item.name == "PSF-LICENSE":
            shutil.copyfile(item, target / item.name)
    for name in KEPT:
        (target / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(source / name, target / name)
    for item in sorted((HERE / "lib").glob("*.py")):
        shutil.copyfile(item, target / item.name)


def asked(wasm: Path, question: str, files: dict[str, bytes]) -> str:
    """What the interpreter says to `question`, lines of Python that call `say`, with `files` to import from."""
    boot, found, _ = BOOT.read_text().partition("\n_SDK = ")
    assert found, f"{BOOT} no longer sets _SDK behind what makes files importable"
    source = "\n".join(
        [
            boot,
            "def say(text): _stdb.log(2, '', 0, text)",
            question,
            "describe = call_reducer = call_procedure = call_view = None\n",
        ]
    ).encode()
    parts = [source]
    for name, data in {**files, "absent": "\n".join(NEVER.modules).encode()}.items():
        parts += [name.encode(), data]
    bundle = b"".join(len(part).to_bytes(4, "little") + part for part in parts)
    instance = ModuleInstance(wasm.read_bytes(), cached=True)
    instance.write(instance.call("python_bundle_room", len(bundle)), bundle)
    instance.start()
    return "\n".join(line.text for line in instance.log)


def drop_what_fails(wasm: Path, folder: Path) -> list[str]:
    """Take away the modules of the library that cannot be imported inside a database, so that `publish --check` names them."""
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.py"))}
    names = {path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): path for path in files}
    question = f"""
for name in {sorted(names)!r}:
    try:
        __import__(name)
    except BaseException:
        say(name)
"""
    contents = {name: path.read_bytes() for name, path in files.items()}
    failed = [name for name in asked(wasm, question, contents).split() if name in names]
    for name in failed:
        files[names[name]].unlink()
    return failed


def builtin_modules(wasm: Path, folder: Path) -> list[str]:
    """The modules that are in the interpreter itself: it is asked."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.py"))}
    said = asked(wasm, "say(' '.join(sorted(sys.builtin_module_names)))", files).split()
    names = [name for name in said if name not in NEVER.modules]
    # Modules that others make without a file of their own: `os` is what `_dummy_os` stands for.
    return [*names, "os", "os.path", "posix", "collections.abc"]


def linked_crates() -> list[dict[str, Any]]:
    """The crates that are compiled into the interpreter, as cargo describes them, by name."""
    variables = environment()[0]
    words = ["--locked", "--format-version", "1", "--filter-platform", TARGET]
    metadata = json.loads(
        subprocess.run(["cargo", "metadata", *words], check=True, capture_output=True, cwd=HERE, env=variables).stdout
    )  # fmt: skip
    packages = {package["id"]: package for package in metadata["packages"]}
    needs = {
        node["id"]: [
            item["pkg"] for item in node["deps"] if any(kind["kind"] is None for kind in item["dep_kinds"])
        ]
        for node in metadata["resolve"]["nodes"]
    }
    found: set[str] = set()
    waiting = [metadata["resolve"]["root"]]
    while waiting:
        if (name := waiting.pop()) not in found:
            found.add(name)
            waiting += needs[name]
    found.discard(metadata["resolve"]["root"])
    return sorted((packages[name] for name in found), key=lambda package: package["name"])


def write_licences(target: Path, crates: list[dict[str, Any]]) -> None:
    """This project's own words, then each crate with its licence and the texts it brings, a text that several bring once."""
    lines = [(HERE / "LICENSES.md").read_text(), "## Crates in the interpreter\n"]
    texts: dict[str, list[str]] = {}
    for crate in crates:
        name = f"{crate['name']} {crate['version']}"
        lines.append(f"* {name}: {crate['license'] or 'see below'}, {crate['repository'] or 'crates.io'}")
        folder = Path(crate["manifest_path"]).parent
        for path in sorted(folder.iterdir()):
            if path.is_file() and path.name.upper().startswith(("LICENSE", "LICENCE", "COPYING", "NOTICE")):
                texts.setdefault(path.read_text(errors="replace").strip(), []).append(name)
    for text, names in texts.items():
        lines += ["", f"## {', '.join(dict.fromkeys(names))}", "", text]
    target.write_text("\n".join(lines) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--out", type=Path, default=HERE / "dist", help="the folder to build into (default: %(default)s)"
    )
    folder = parser.parse_args().out / PACKAGE
    folder.mkdir(parents=True, exist_ok=True)
    for abi, features in (("1.x", []), ("2.x", ["abi-2x"])):
        say(f"building the interpreter for SpacetimeDB {abi}; the first build takes about twenty minutes")
        target = folder / f"python-{abi}.wasm"
        wasm, parts = finished(compiled(features).read_bytes(), optimized)
        target.write_bytes(wasm)
        (folder / f"python-{abi}.parts.json").write_text(json.dumps({"version": 2, "parts": parts}) + "\n")
        say(f"{target}: {target.stat().st_size / 1e6:.1f} MB")
    copy_library(library(), folder / "lib")
    failed = drop_what_fails(folder / "python-1.x.wasm", folder / "lib")
    say(f"left out of the library, for it cannot be imported there: {', '.join(failed)}")
    names = builtin_modules(folder / "python-1.x.wasm", folder / "lib")
    (folder / "builtin_modules.json").write_text(json.dumps(names) + "\n")
    write_licences(folder / "LICENSES.md", linked_crates())
    shutil.copyfile(HERE / "package" / "__init__.py", folder / "__init__.py")
    shutil.copyfile(HERE / "package" / "pyproject.toml", folder.parent / "pyproject.toml")
    say(
        f"{folder}: {len(names)} modules inside the interpreter, {len(list((folder / 'lib').rglob('*.py')))} files beside it"
    )


if __name__ == "__main__":
    main()
