#!/usr/bin/env python3
"""reference.py OUT VERSION HEADER... - the reference page, from the comments of the public headers.

Nothing is written twice: what a header says is what the page says, in the header's order. Each
symbol has an anchor of its name, and wherever a symbol is mentioned, in prose or in code, it is a
link. conformance/checks/reference.sh holds the page to that.
"""
import html
import pathlib
import re
import sys

# In the order of a reader; what is named in none of them comes last.
GROUPS = [
    ('Tools', 'cistern mcp/tool mcp/call mcp/content mcp/resource mcp/prompt mcp/complete mcp/ask '
              'mcp/task mcp/extension mcp/error transport/main transport/memory'),
    ('Values', 'mcp/str mcp/json mcp/schema mcp/arena mcp/buf mcp/alloc mcp/timestamp'),
    ('Serving', 'transport/http transport/http_msg rest/rest transport/stdio transport/system '
                'transport/deliver transport/address'),
    ('Embedding', 'mcp/server mcp/sink mcp/principal mcp/clock mcp/log mcp/limit mcp/work'),
    ('Storing', 'store/store store/record'),
    ('More', ''),
]
LIBRARIES = [
    ('libcistern', r'mcp/|transport/(memory|stdio|system)\.h'),
    ('libcistern-deliver', r'transport/(address|deliver)\.h'),
    ('libcistern-http', r'transport/|cistern\.h'),
    ('libcistern-rest', r'rest/'),
    ('libcistern-store', r'store/'),
]


# ---- Reading a header ---------------------------------------------------------------------------

def without_frame(text):
    """What is for the compiler alone: guard, includes, linkage, attributes."""
    text = re.sub(r'\A(.*?\*/\n)#ifndef \w+\n#define \w+\n', r'\1', text, flags=re.S)
    text = re.sub(r'#endif\n\Z', '', text)
    text = re.sub(r'#ifdef __cplusplus\n(extern "C" \{|\})\n#endif\n', '', text)
    text = re.sub(r'#if defined\(__GNUC__\)\n.*?#endif\n', '', text, flags=re.S)
    text = re.sub(r'#ifdef __cplusplus\n.*?#else\n(.*?)#endif\n', r'\1', text, flags=re.S)
    return re.sub(r'#include <(?!mcp/errors\.def)[^\n]*\n', '', text)


def blank_comments(text):
    """The same lines and columns without comments and strings: for counting braces."""
    return re.sub(r'/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'',
                  lambda match: re.sub(r'[^\n]', ' ', match.group(0)), text, flags=re.S)


def items(text):
    """(comment, code) pairs: a comment at the left margin and the declarations under it, up to a
    blank line or the next such comment."""
    comment, code, depth, in_comment, is_continued = [], [], 0, False, False
    plain = blank_comments(text).split('\n')
    for line, bare_line in zip(text.split('\n') + [''], plain + ['']):
        if in_comment:
            comment.append(line)
        elif depth == 0 and not is_continued and line.startswith('/*'):
            if code:
                yield '\n'.join(comment), '\n'.join(code)
                comment, code = [], []
            elif comment:
                yield '\n'.join(comment), ''
                comment = []
            comment.append(line)
        elif depth == 0 and not is_continued and not line.strip():
            if comment or code:
                yield '\n'.join(comment), '\n'.join(code)
            comment, code = [], []
        else:
            code.append(line)
            depth += bare_line.count('{') - bare_line.count('}')
        if comment and not code:
            in_comment = '*/' not in comment[-1]
        is_continued = line.endswith('\\')


def bare(comment):
    """The words of a comment, without its stars."""
    lines = re.sub(r'\A/\*|\*/\Z', '', comment.strip()).split('\n')
    return '\n'.join(re.sub(r'^ \*( |$)', '', line).rstrip() for line in lines).strip()


def prototype(code):
    """A static inline function without its body; attributes that say nothing to a reader go."""
    code = re.sub(r'(?m)^\{\n.*?^\}', ';', code, flags=re.S)
    code = re.sub(r'\)\n;', ');', code)
    code = re.sub(r'(?m) +\\$', r' \\', code)
    return re.sub(r'\bMCP_API\s+', '', code).replace('static inline ', '')


def symbols(code):
    """The names that the code defines."""
    found = []
    plain = re.sub(r'/\*.*?\*/', '', code, flags=re.S)
    found += re.findall(r'(?m)^#define (\w+)', plain)
    plain = re.sub(r'(?m)^#define (?:.*\\\n)*.*$', '', plain)
    found += re.findall(r'(?m)^(?:typedef )?(?:struct|enum) (\w+)(?: \{|;)', plain)
    for body in re.findall(r'enum \w*\s*\{(.*?)\}', plain, flags=re.S):
        found += re.findall(r'(?m)(?:^|,)\s*([A-Z]\w+)', body)
    found += re.findall(r'(?m)^\} (\w+);', plain)
    outside = re.sub(r'\{.*?\n?\}', '', plain, flags=re.S)
    for statement in outside.split(';'):
        name = re.match(r'[^(=]*?(\w+)\s*\(', statement.strip(), flags=re.S)
        if name and not statement.strip().startswith('#'):
            found.append(name.group(1))
        elif statement.strip().startswith('extern'):
            found.append(re.search(r'(\w+)(\[\])?\s*$', statement.strip()).group(1))
    return list(dict.fromkeys(found))


def is_forward(code):
    """Only names of types that are defined elsewhere."""
    return re.fullmatch(r'((struct|enum) \w+;\n?)+', code + '\n') is not None


class Header:
    def __init__(self, path, error_rows):
        self.path = re.sub(r'.*/(?=[^/]+/[^/]+$)', '', str(path)).removeprefix('../')
        text = without_frame(path.read_text())
        text = re.sub(r'#define MCP_ERROR.*?#undef MCP_ERROR\n', lambda _: error_rows, text, flags=re.S)
        found = [(bare(comment), prototype(code).strip('\n')) for comment, code in items(text)]
        self.items = [(comment, code, symbols(code)) for comment, code in found
                      if comment or not is_forward(code)]
        first = self.items[0][0]
        self.clause = re.sub(r'^\S+ - ', '', first.split('\n\n')[0].replace('\n', ' '))
        self.about = first.partition('\n\n')[2]
        self.items[0] = ('', self.items[0][1], self.items[0][2])

    @property
    def anchor(self):
        return self.path.replace('/', '-')


# ---- Writing the page ---------------------------------------------------------------------------

class Page:
    def __init__(self, headers):
        self.headers = headers
        self.placed = set()
        self.anchors = {h.path: h.anchor for h in headers}
        for header in headers:
            for _, _, names in header.items:
                self.anchors.update((name, name) for name in names)

    def linked(self, text, own=()):
        """Escaped, each known name a link; names of `own` are where they are defined."""
        def link(match):
            word = match.group(0)
            anchor = self.anchors.get(word) or self.anchors.get(f'MCP_E_{word}')
            return f'<a href="#{anchor}">{word}</a>' if anchor and word not in own else word
        return re.sub(r'\b(?:mcp|transport|store|rest)/\w+\.h\b|[A-Za-z_]\w*', link, text)

    def inline(self, text, own):
        parts = re.split(r'`([^`]*)`', html.escape(text, quote=False))
        return ''.join(f'<code>{self.linked(p, own)}</code>' if i % 2 else self.linked(p, own)
                       for i, p in enumerate(parts))

    def prose(self, text, own=()):
        out = []
        for block in re.split(r'\n\n+', text):
            if not block.strip():
                continue
            if all(line.startswith('    ') for line in block.split('\n') if line):
                code = self.linked(html.escape(re.sub(r'(?m)^    ', '', block), quote=False))
                out.append(f'<pre>{code}</pre>')
            else:
                out.append(f'<p>{self.inline(" ".join(block.split()), own)}</p>')
        return '\n'.join(out)

    def code(self, text, own):
        parts = re.split(r'(/\*.*?\*/)', html.escape(text, quote=False), flags=re.S)
        return ''.join(f'<i>{self.linked(p, own)}</i>' if i % 2 else self.linked(p, own)
                       for i, p in enumerate(parts))

    def item(self, comment, code, names):
        rule = re.match(r'-{4,} (.*?) -{4,}\n?', comment + '\n')
        out = []
        if rule:
            out.append(f'<h3>{html.escape(rule.group(1))}</h3>')
            comment = (comment + '\n')[rule.end():]
            comment = re.sub(r'^-+\n?', '', comment)
        new = [name for name in names if name not in self.placed] # a function may be named as its struct
        self.placed.update(new)
        anchors = ''.join(f'<a id="{name}"></a>' for name in new)
        body = self.prose(comment, names)
        if code:
            body = f'<pre>{self.code(code, names)}</pre>\n{body}'
            is_bare = not comment and '/*' not in code
            out.append(f'<section{" class=bare" if is_bare else ""}>{anchors}\n{body}\n</section>')
        elif body:
            out.append(body)
        return '\n'.join(out)

    def header(self, header):
        library = next(name for name, pattern in LIBRARIES if re.match(pattern, header.path))
        out = [f'<article><h2 id="{header.anchor}">&lt;{header.path}&gt; <small>{library}</small></h2>',
               f'<p class="clause">{self.inline(header.clause, ())}</p>', self.prose(header.about)]
        out += [self.item(*item) for item in header.items]
        return '\n'.join(out + ['</article>'])

    def index(self):
        names = sorted((name for name in self.anchors if '/' not in name), key=str.lower)
        links = ' '.join(f'<a href="#{name}">{name}</a>' for name in names)
        return f'<article><h2 id="index">Index</h2><p class="index">{links}</p></article>'

    def html(self, version):
        nav, body = [], []
        for name, headers in self.groups():
            links = ''.join(f'<li><a href="#{h.anchor}">{h.path}</a></li>' for h in headers)
            nav.append(f'<h4>{name}</h4><ul>{links}</ul>')
            body += [self.header(h) for h in headers]
        return TEMPLATE.format(version=html.escape(version), nav=''.join(nav), body='\n'.join(body),
                               index=self.index())

    def groups(self):
        rest = {h.path: h for h in self.headers}
        for name, stems in GROUPS:
            found = [rest.pop(f'{stem}.h') for stem in stems.split() if f'{stem}.h' in rest]
            found = found or ([rest.pop(path) for path in sorted(rest)] if not stems else [])
            if found:
                yield name, found


def error_rows(definitions):
    """errors.def as the lines of the enum that it stands for."""
    rows = re.findall(r'MCP_ERROR\((\w+),\s*(-?\d+),\s*(\d+),\s*(\d+),\s*"([^"]*)",\s*\w+,\s*"([^"]*)"',
                      definitions)
    return ''.join(f'    MCP_E_{name}, /* {meaning} ({code if code != "0" else "isError"}, '
                   f'HTTP {http}, REST {rest} {rest_code}) */\n'
                   for name, code, http, rest, rest_code, meaning in rows)


TEMPLATE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cistern {version}: reference</title>
<style>
:root {{ color-scheme: light dark; --text: #1d2327; --faint: #5c6a72; --link: #0b5cad; --back: #fff; --code: #f4f6f7; --line: #dde3e6 }}
@media (prefers-color-scheme: dark) {{
  :root {{ --text: #d9e0e3; --faint: #93a1a9; --link: #7db8f5; --back: #14191c; --code: #1d2428; --line: #2c363b }}
}}
* {{ box-sizing: border-box }}
body {{ margin: 0; color: var(--text); background: var(--back); font: 16px/1.55 system-ui, sans-serif; display: grid; grid-template-columns: 15rem minmax(0, 1fr) }}
nav {{ position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1.5rem 1rem; border-right: 1px solid var(--line); font-size: .9rem }}
nav h1 {{ font-size: 1.1rem; margin: 0 0 1rem }} nav h4 {{ margin: 1rem 0 .2rem; color: var(--faint); font-weight: 600 }}
nav ul {{ list-style: none; margin: 0; padding: 0 }}
main {{ padding: 1rem 2rem 6rem; max-width: 62rem }}
a {{ color: var(--link); text-decoration: none }} a:hover {{ text-decoration: underline }}
h2 small {{ font: .9rem system-ui; color: var(--faint) }}
h2 {{ margin: 3rem 0 .2rem; padding-top: 1rem; border-top: 2px solid var(--line) }}
h3 {{ margin: 2.2rem 0 .4rem }}
.clause {{ margin-top: 0; color: var(--faint); font-size: 1.1rem }}
section {{ margin: 1.6rem 0 }} section p {{ margin: .5rem 0 }}
pre {{ background: var(--code); padding: .7rem 1rem; overflow-x: auto; border-radius: 6px; font: 13.5px/1.5 ui-monospace, monospace; margin: .6rem 0 }}
pre i {{ color: var(--faint) }} pre a {{ color: inherit; text-decoration: underline dotted var(--faint) }} pre a:hover {{ color: var(--link) }}
code {{ background: var(--code); padding: .05em .3em; border-radius: 4px; font: .88em ui-monospace, monospace }}
section > a[id] {{ scroll-margin-top: 1rem }}
.index a {{ display: inline-block; margin-right: 1rem; font: 13.5px/1.7 ui-monospace, monospace }}
@media (max-width: 50rem) {{ body {{ display: block }} nav {{ position: static; height: auto; border: 0 }} main {{ padding: 0 1rem 4rem }} }}
</style>
<nav><h1>Cistern {version}</h1><p><a href="#index">Index</a></p>{nav}</nav>
<main>
<h1>Reference</h1>
<p>Every public function, type and macro, as its header says it. Include a header as
<code>&lt;mcp/server.h&gt;</code>; the flags are those of <code>pkg-config --cflags --libs</code> and the
library's name.</p>
{body}
{index}
</main>
</html>
"""


def main(out, version, *paths):
    rows = error_rows(next(pathlib.Path(p) for p in paths if p.endswith('.def')).read_text())
    headers = [Header(pathlib.Path(p), rows) for p in paths if p.endswith('.h')]
    pathlib.Path(out).write_text(Page(headers).html(version))


main(*sys.argv[1:])
