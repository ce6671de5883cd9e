"""Stands for `platform` inside a database: there is one system and one machine."""


def system():
    return "SpacetimeDB"


def machine():
    return "wasm32"


def node():
    return ""


def python_implementation():
    return "RustPython"
