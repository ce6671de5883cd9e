"""Stands for `platform` inside a database: there is one system and one machine."""

import sys


def system():
    return "SpacetimeDB"


def machine():
    return "wasm32"


def node():
    return ""


def python_implementation():
    return "RustPython"


def python_version():
    return "{}.{}.{}".format(*sys.version_info[:3])


def python_version_tuple():
    return tuple(python_version().split("."))


def platform(aliased=False, terse=False):
    return f"{system()}-{machine()}"
