#!/usr/bin/env python3
"""embed_schemas.py OUT.h IN.schema.json: each top-level member becomes a C string.

{"$use": "other"} stands for the member `other` of the same file; a "$use" beside other members
merges them over it."""
import json
import sys


def expand(value, names):
    if isinstance(value, list):
        return [expand(v, names) for v in value]
    if not isinstance(value, dict):
        return value
    base = expand(names[value["$use"]], names) if "$use" in value else {}
    rest = {k: expand(v, names) for k, v in value.items() if k != "$use"}
    for key, v in rest.items():
        if key == "properties" and key in base:
            v = {**base[key], **v}
        base[key] = v
    return base


def literal(text, width=90):
    parts = [text[i:i + width] for i in range(0, len(text), width)]
    return "\n".join("    " + json.dumps(p, ensure_ascii=True) for p in parts)


with open(sys.argv[2], encoding="utf-8") as f:
    names = json.load(f)
with open(sys.argv[1], "w", encoding="utf-8") as out:
    out.write("/* made by embed_schemas.py from %s */\n" % sys.argv[2].rsplit("/", 1)[-1])
    for name in names:
        text = json.dumps(expand(names[name], names), separators=(",", ":"), ensure_ascii=True)
        out.write("#define SCHEMA_%s \\\n%s\n\n"
                  % (name.upper(), literal(text).replace("\n", " \\\n")))
