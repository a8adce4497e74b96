#!/usr/bin/env python3
"""embed_page.py OUT.h IN.html [NAME]: the file as a C array, FRAME or NAME; no NUL at its end.

"{{file NAME}}" is replaced by the file NAME beside it. Comments are for those who edit it and are
left out (in scripts those that have a line of their own), as is the indentation."""
import os
import re
import sys


def read(path):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    return re.sub(r"\{\{file ([a-z_.]+)\}\}\n?",
                  lambda m: read(os.path.join(os.path.dirname(path), m.group(1))), text)


text = read(sys.argv[2])
name = sys.argv[3] if len(sys.argv) > 3 else "FRAME"
text = re.sub(r"<!--.*?-->\n?", "", text, flags=re.S)
text = re.sub(r"/\*.*?\*/\n?", "", text, flags=re.S)
text = re.sub(r"^ *//.*\n", "", text, flags=re.M)
text = re.sub(r"^ +", "", text, flags=re.M)
data = text.encode()
with open(sys.argv[1], "w", encoding="ascii") as out:
    out.write("/* made by embed_page.py from %s */\n" % sys.argv[2].rsplit("/", 1)[-1])
    out.write("static const char %s[] = {\n" % name)
    for i in range(0, len(data), 16):
        out.write("    " + " ".join("'\\x%02x'," % b for b in data[i:i + 16]) + "\n")
    out.write("};\n")
