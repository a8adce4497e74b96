#!/usr/bin/env python3
"""embed_vendors.py OUT.h IN.json...: the shipped definitions as C strings, sorted by id."""
import json
import sys

definitions = []
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as f:
        definitions.append(json.load(f))
definitions.sort(key=lambda d: d["id"])
with open(sys.argv[1], "w", encoding="utf-8") as out:
    out.write("/* made by embed_vendors.py */\nstatic const char *const VENDORS[] = {\n")
    for d in definitions:
        text = json.dumps(d, separators=(",", ":"), ensure_ascii=True)
        parts = [text[i:i + 90] for i in range(0, len(text), 90)]
        out.write("\n".join("    " + json.dumps(p, ensure_ascii=True) for p in parts) + ",\n")
    out.write("};\n")
