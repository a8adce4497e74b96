#!/usr/bin/env python3
"""embed_page.py OUT.h IN.html: the file as a C array, FRAME; no NUL at its end.

Comments are for those who edit it and are left out, as is the indentation of markup lines."""
import re
import sys

with open(sys.argv[2], encoding="utf-8") as f:
    text = f.read()
text = re.sub(r"<!--.*?-->\n?", "", text, flags=re.S)
text = re.sub(r"/\*.*?\*/\n?", "", text, flags=re.S)
text = re.sub(r"^ +", "", text, flags=re.M)
data = text.encode()
with open(sys.argv[1], "w", encoding="ascii") as out:
    out.write("/* made by embed_page.py from %s */\n" % sys.argv[2].rsplit("/", 1)[-1])
    out.write("static const char FRAME[] = {\n")
    for i in range(0, len(data), 16):
        out.write("    " + " ".join("'\\x%02x'," % b for b in data[i:i + 16]) + "\n")
    out.write("};\n")
