"""SATS-JSON: values and types as JSON (spec: sats-json.md)."""
