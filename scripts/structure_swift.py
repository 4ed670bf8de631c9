"""Reads Swift text as far as `scripts/structure` needs it: comments and strings blanked, declarations listed.

Knows nothing of files, targets or rules. It is no parser: code that the compiler accepts is read well enough, other
text gives some answer and never an exception.
"""

import re

INTERESTING = re.compile(r'//|/\*|#*"""|#*"|[()]')


def blank(text):
    """Replaces everything but line ends with spaces."""
    return re.sub(r"[^\n]", " ", text)


def strip_swift(text):
    """Swift text with comments and the contents of strings blanked; interpolations stay, lines keep their numbers."""
    out = []

    def comment(start):
        depth, i = 1, start + 2
        while depth and i < len(text):
            found = re.compile(r"/\*|\*/").search(text, i)
            if not found:
                return len(text)
            depth += 1 if found.group() == "/*" else -1
            i = found.end()
        return i

    def string(start, delimiter):
        hashes = delimiter.count("#")
        quote = delimiter.lstrip("#")
        out.append(blank(delimiter))
        end = re.compile(
            re.escape(quote) + "#" * hashes + r"|\\" + "#" * hashes + r"\(|\\" + "#" * hashes + r"."
            + ("" if quote == '"""' else r"|\n"), re.S)
        i = start + len(delimiter)
        while True:
            found = end.search(text, i)
            if not found:
                out.append(blank(text[i:]))
                return len(text)
            out.append(blank(text[i:found.end()]))
            i = found.end()
            if found.group().startswith("\\"):
                if found.group().endswith("("):
                    out.append("(")
                    i = code(i, inside=True)
            else:
                return i

    def code(i, inside):
        depth = 0
        while i < len(text):
            found = INTERESTING.search(text, i)
            if not found:
                break
            token, at = found.group(), found.start()
            out.append(text[i:at])
            i = found.end()
            if token == "//":
                end = text.find("\n", i)
                end = len(text) if end < 0 else end
                out.append(blank(text[at:end]))
                i = end
            elif token == "/*":
                i = comment(at)
                out.append(blank(text[at:i]))
            elif token in "()":
                out.append(token)
                depth += 1 if token == "(" else -1
                if inside and depth < 0:
                    return i
            else:
                i = string(at, token)
        out.append(text[i:])
        return len(text)

    code(0, inside=False)
    return "".join(out)


TYPE_WORDS = {"struct", "enum", "class", "actor", "protocol", "extension"}
MEMBER_WORDS = {"func", "var", "let", "init", "subscript", "case", "typealias", "associatedtype", "macro"}
MODIFIERS = {
    "public", "open", "package", "internal", "private", "fileprivate", "static", "final", "mutating", "nonmutating",
    "consuming", "borrowing", "indirect", "override", "lazy", "weak", "unowned", "required", "convenience", "dynamic",
    "prefix", "postfix", "infix", "nonisolated", "isolated", "optional", "unsafe", "safe", "distributed",
}
ACCESS = ("public", "open", "package", "internal", "fileprivate", "private")
WORD = re.compile(r"`?[A-Za-z_]\w*`?|[@{}()\[\]\n.]|[^\s\w]+?")


class Declaration:
    """One declaration: its word, dotted name, access in force, line of its first modifier, and its context."""

    def __init__(self, word, name, access, line, scope, payload=False):
        self.word, self.name, self.access, self.line = word, name, access, line
        self.scope, self.payload = scope, payload


def declarations(stripped):
    """The declarations of a file outside of bodies, in order."""
    found = []
    stack = []  # (kind, dotted name, access); kind "block" for everything that is no type
    pending = None
    modifiers, access, start = [], None, None
    tokens = [(m.group(), m.start()) for m in WORD.finditer(stripped)]
    line, i, last, inline_parens = 1, 0, "", 0

    def scope():
        return stack[-1] if stack else ("top", "", None)

    while i < len(tokens):
        token, at = tokens[i]
        i += 1
        if token == "\n":
            line += 1
            continue
        if token == "(":
            inline_parens += 1
        elif token == ")":
            inline_parens -= 1
        if token == "@" and i < len(tokens):
            start = start or line
            i += 1  # the attribute's name
            if i < len(tokens) and tokens[i][0] == "(" and tokens[i][1] == tokens[i - 1][1] + len(tokens[i - 1][0]):
                depth = 0
                while i < len(tokens):
                    line += tokens[i][0] == "\n"
                    depth += {"(": 1, ")": -1}.get(tokens[i][0], 0)
                    i += 1
                    if depth == 0:
                        break
            last = "@"
            continue
        is_class_member = token == "class" and i < len(tokens) and tokens[i][0] in ("func", "var", "let", "subscript")
        if (token in MODIFIERS or is_class_member) and last != ".":
            start = start or line
            if token in ACCESS:
                if not (i + 1 < len(tokens) and tokens[i][0] == "(" and tokens[i + 1][0] == "set"):
                    access = token
            modifiers.append(token)
            if i + 2 < len(tokens) and tokens[i][0] == "(" and tokens[i + 2][0] == ")":
                i += 3  # private(set), unowned(safe)
            last = token
            continue
        kind, outer, outer_access = scope()
        if token in TYPE_WORDS and last != "." and i < len(tokens) and re.match(r"`?[A-Za-z_]", tokens[i][0]):
            name, j = tokens[i][0].strip("`"), i + 1
            while j + 1 < len(tokens) and tokens[j][0] == "." and re.match(r"[A-Za-z_]", tokens[j + 1][0]):
                name += "." + tokens[j + 1][0]
                j += 2
            i = j
            dotted = name if not outer or token == "extension" else outer + "." + name
            inherited = outer_access if kind in ("protocol", "extension") else None
            pending = (token, dotted, access or inherited)
            if kind != "block":
                found.append(Declaration(token, dotted, access or inherited, start or line, scope()))
        elif token in MEMBER_WORDS and last != "." and inline_parens == 0 and kind != "block":
            name = token
            if token in ("func", "var", "let", "case", "typealias", "associatedtype"):
                rest = stripped[at + len(token):at + len(token) + 120].lstrip()
                match = re.match(r"`?([A-Za-z_]\w*)`?|([^\s\w(]+)", rest)
                name = (match.group(1) or match.group(2)) if match else "?"
                payload = bool(match) and rest[match.end():match.end() + 1] == "("
            elif token == "init":
                match = re.match(r"[?!]?\s*(?:<[^>]*>)?\s*\(\s*(\w+)", stripped[at + 4:at + 200])
                name, payload = ("init(" + match.group(1) + ":)" if match else "init()"), False
            else:
                payload = False
            inherited = outer_access if kind in ("protocol", "extension") or token == "case" else None
            found.append(
                Declaration(token, name, access or inherited, start or line, scope(), payload=payload))
            pending = None
        elif token == "{":
            stack.append(pending or ("block", outer, None))
            pending = None
        elif token == "}":
            if stack:
                stack.pop()
            pending = None
        modifiers, access, start = [], None, None
        last = token
    return found
