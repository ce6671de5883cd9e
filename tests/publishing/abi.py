"""What a server links a module with, as its own code has it: `host/wasm_common.rs` (`abi_funcs!`, `FuncNames::check_required`) and the
functions of `host/wasmtime/wasm_instance_env.rs`, of SpacetimeDB 2.8 and 2.14; `bindings-sys` 2.8.3 declares the same.
"""

from __future__ import annotations

import wasmtime

__all__ = ["import_type", "require_exports"]

# Parameters and results: `i` is an i32, `l` an i64. A function is found by its module and its name alone.
_IMPORTS = {
    "spacetime_10.0": {
        "table_id_from_name": "iii:i",
        "index_id_from_name": "iii:i",
        "datastore_table_row_count": "ii:i",
        "datastore_table_scan_bsatn": "ii:i",
        "row_iter_bsatn_advance": "iii:i",
        "row_iter_bsatn_close": "i:i",
        "datastore_insert_bsatn": "iii:i",
        "datastore_update_bsatn": "iiii:i",
        "datastore_delete_all_by_eq_bsatn": "iiii:i",
        "datastore_btree_scan_bsatn": "iiiiiiiii:i",
        "datastore_delete_by_btree_scan_bsatn": "iiiiiiiii:i",
        "bytes_source_read": "iii:i",
        "bytes_sink_write": "iii:i",
        "console_log": "iiiiiiii:",
        "identity": "i:",
    },
    "spacetime_10.3": {
        "procedure_start_mut_tx": "i:i",
        "procedure_commit_mut_tx": ":i",
        "procedure_abort_mut_tx": ":i",
        "procedure_http_request": "iiiii:i",
    },
}
# What a server of 1.x has beyond its own version is refused as a whole: those import of `spacetime_10.0` alone.
_EXPORTS = {
    "__describe_module__": "i:",
    "__call_reducer__": "illlllllii:i",
    "__call_procedure__": "illlllllii:i",
    "__call_view__": "illllii:i",
    "__call_view_anon__": "iii:i",
}


def _spelled(type_: wasmtime.FuncType) -> str:
    letters = {"i32": "i", "i64": "l"}
    params, results = ([letters[str(item)] for item in items] for items in (type_.params, type_.results))
    return f"{''.join(params)}:{''.join(results)}"


def import_type(item: wasmtime.ImportType) -> wasmtime.FuncType:
    """The type of an import, which is the one that the server has."""
    assert isinstance(item.type, wasmtime.FuncType), f"a server has functions alone, no {item.name}"
    awaited = _IMPORTS.get(item.module, {}).get(item.name or "")
    assert _spelled(item.type) == awaited, f"{item.module}.{item.name} is {awaited} there"
    return item.type


def require_exports(module: wasmtime.Module) -> None:
    exports = {item.name or "": item.type for item in module.exports}
    assert isinstance(exports.get("memory"), wasmtime.MemoryType)
    # Called where they are there, whoever put them there.
    assert not exports.keys() & {"__setup__", "_initialize"}
    for name, type_ in exports.items():
        awaited = ":" if name.startswith("__preinit__") else _EXPORTS.get(name)
        if awaited is not None:
            assert isinstance(type_, wasmtime.FuncType)
            assert _spelled(type_) == awaited, f"{name} is {awaited} there"
    assert not _EXPORTS.keys() - exports.keys()
