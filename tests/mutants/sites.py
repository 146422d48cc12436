# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a C source can be changed a little: sites of a file, each with its kind, its place and the text that takes the place."""
import re
from collections import namedtuple

Site = namedtuple("Site", "path line begin end kind old new")  # begin, end: bytes of the file

TOKEN = re.compile(r"""
    (?P<space>\s+|/\*.*?\*/|//[^\n]*|\\\n)
  | (?P<text>(?:u8|[LuU])?"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
  | (?P<number>(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[uUlLfF]*)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<mark><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)
""", re.X | re.S)
SWAPS = {"+": "-", "-": "+", "*": "/", "/": "*", "+=": "-=", "-=": "+=", "*=": "/=", "/=": "*=", "<": "<=", "<=": "<", ">": ">=",
         ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&", "++": "--", "--": "++"}
KINDS = {"+": "arithmetic", "-": "arithmetic", "*": "arithmetic", "/": "arithmetic", "++": "arithmetic", "--": "arithmetic",
         "+=": "arithmetic", "-=": "arithmetic", "*=": "arithmetic", "/=": "arithmetic", "&&": "logic", "||": "logic"}
TYPES = set("void bool char short int long float double signed unsigned const static struct enum union size_t FILE hid_t hsize_t herr_t "
            "uint8_t uint16_t uint32_t uint64_t int8_t int16_t int32_t int64_t".split())
CONTROL = {"if", "for", "while", "switch", "return"}
COMMUTES = {"dia_dot", "fmin", "fmax", "hypot"}
EXTREMES = {"fmin": "fmax", "fmax": "fmin"}
# A release of memory or a file that is left out gives the same results: address sanitizers see it. What is said of an error is not a result.
QUIET = re.compile(r"(\w*_)?(free|close|clear)(_all)?$|fclose$|assert$|dia_error_\w+$|\w*(_error_set|complain|refuse|mistake|no_memory|snprintf)\w*$")


def tokens(text):
    """(kind, text, begin) without comments and preprocessor lines."""
    found, at = [], 0
    while at < len(text):
        if text[at] == "#" and not text[text.rfind("\n", 0, at) + 1:at].strip():
            end = re.compile(r"(?:\\\n|/\*.*?\*/|[^\n])*", re.S).match(text, at).end()
            at = end
            continue
        match = TOKEN.match(text, at)
        if match.lastgroup != "space":
            found.append((match.lastgroup, match.group(), at))
        at = match.end()
    return found


def _closing(t, i):
    """Index of the bracket that closes the one at i."""
    depth = 0
    for k in range(i, len(t)):
        if t[k][0] == "mark":
            depth += (t[k][1] in "([{") - (t[k][1] in ")]}")
        if depth == 0:
            return k
    return len(t) - 1


def _bodies(t):
    """Ranges of tokens inside the bodies of functions."""
    i = 0
    while i < len(t):
        if t[i][1] == "{":
            end = _closing(t, i)
            if t[i - 1][1] == ")":
                yield i + 1, end
            i = end
        i += 1


def _declared(t, i, begin):
    """Is the name at i declared here: `type name`, `type *name`, or after a comma of such a statement outside brackets?"""
    while i > begin and t[i - 1][1] == "*":
        i -= 1
    if t[i - 1][0] == "name":
        return t[i - 1][1] not in ("return", "else", "case", "sizeof")
    depth, k = 0, i - 1
    while k > begin and (depth > 0 or t[k][1] not in (";", "{", "}") or t[k][1] == "}" and t[k + 1][1] == ","):
        depth += (t[k][1] in ")]}") - (t[k][1] in "([{")
        if depth < 0:
            return False
        k -= 1
    k += t[k][1] in (";", "{", "}")
    return t[i - 1][1] == "," and t[k][0] == "name" and (t[k][1] in TYPES or t[k + 1][0] == "name")


def _quiet(t, begin, end):
    """Indices inside calls that only say something or release something, and inside sizes of arrays (a larger one is as good)."""
    quiet = set()
    for i in range(begin, end):
        if t[i][1] == "[" and t[i - 1][0] == "name" and _declared(t, i - 1, begin):
            k = i
            while t[k][1] == "[":
                last = _closing(t, k)
                quiet.update(range(k, last + 1))
                k = last + 1
    for i in range(begin, end - 1):
        if t[i][0] == "name" and QUIET.match(t[i][1]) and t[i + 1][1] == "(":
            quiet.update(range(i, _closing(t, i + 1) + 1))
        if t[i][0] == "name" and t[i][1] in ("sizeof", "_Static_assert"):
            quiet.update(range(i, (_closing(t, i + 1) if t[i + 1][1] == "(" else i + 1) + 1))
    return quiet


def _arguments(t, i):
    """Ranges of the arguments of the call whose bracket is at i."""
    end, depth, begin, found = _closing(t, i), 0, i + 1, []
    for k in range(i + 1, end):
        depth += (t[k][1] in "([{") - (t[k][1] in ")]}") if t[k][0] == "mark" else 0
        if t[k][1] == "," and depth == 0:
            found.append((begin, k))
            begin = k + 1
    found.append((begin, end))
    return found


def _statement(t, i, end):
    """Index of the semicolon of an expression statement (a call, an assignment) that begins at i; None if there is none."""
    if t[i - 1][1] not in (";", "{", "}", ")", "else") or t[i][0] != "name" and t[i][1] != "*":
        return None
    if t[i][1] in TYPES | {"return", "if", "for", "while", "do", "else", "switch", "case", "default", "break", "continue", "goto"}:
        return None
    if t[i - 1][1] == ")" and not _controls(t, i - 1) or t[i + 1][0] == "name" or t[i + 1][1] == ":" or QUIET.match(t[i][1]):
        return None
    if t[i + 1][1] == "*" and t[i][0] == "name" and t[i + 2][0] == "name":  # a declaration of a pointer
        return None
    k = i
    while k < end and t[k][1] != ";":
        k = _closing(t, k) + 1 if t[k][1] in ("(", "[", "{") else k + 1
    return k if k < end else None


def _controls(t, i):
    """Does the bracket that closes at i belong to if, for or while?"""
    depth = 0
    while i > 0:
        depth += (t[i][1] == ")") - (t[i][1] == "(")
        if depth == 0:
            return t[i - 1][1] in ("if", "for", "while")
        i -= 1
    return False


def _constant(old):
    if re.fullmatch(r"\d+[uUlL]*", old):
        digits = re.match(r"\d+", old).group()
        return [{"0": "1", "1": "0"}.get(digits, str(int(digits) + 1)) + old[len(digits):]]
    if re.fullmatch(r"\d+\.\d*", old):
        value = float(old)
        return ["1.0" if value == 0.0 else "0.0" if value == 1.0 else repr(value + 1.0)]
    return []


def sites(path, text):
    """All sites of a file, in order."""
    t, found = tokens(text), []

    def add(kind, first, last, new):
        begin, end = t[first][2], t[last][2] + len(t[last][1])
        found.append(Site(path, text.count("\n", 0, begin) + 1, begin, end, kind, text[begin:end], new))

    for begin, end in _bodies(t):
        quiet, depth = _quiet(t, begin, end), 0
        for i in range(begin, end):
            kind, word, _ = t[i]
            depth += (kind == "mark") * ((word in "([") - (word in ")]"))
            if i in quiet:
                continue
            operand = t[i - 1][0] in ("number", "text") or t[i - 1][1] in (")", "]") or \
                t[i - 1][0] == "name" and t[i - 1][1] not in TYPES | {"return", "case", "else"}
            if kind == "mark" and word in SWAPS and (operand or word in ("++", "--")):
                add(KINDS.get(word, "comparison"), i, i, SWAPS[word])
            elif kind == "mark" and word == "-" and not operand:
                add("sign", i, i, "")
            elif kind == "mark" and word == "!" and t[i + 1][1] != "=":
                add("logic", i, i, "")
            elif kind == "number" and t[i - 1][1] != "case":
                for new in _constant(word):
                    add("constant", i, i, new)
            elif word == "[" and operand:
                last = _closing(t, i)
                inside = text[t[i][2] + 1:t[last][2]]
                add("index", i, last, f"[{inside} + 1]")
            elif word in ("break", "continue"):
                add("jump", i, i, "continue" if word == "break" else "break")
            elif word in EXTREMES:
                add("extreme", i, i, EXTREMES[word])
            elif word == "fabs" and t[i + 1][1] == "(":
                add("fabs", i, i, "")
            if kind == "name" and t[i + 1][1] == "(" and word not in COMMUTES | CONTROL and not operand:
                arguments = _arguments(t, i + 1)
                for (a, b), (c, d) in zip(arguments, arguments[1:]):
                    if a < b and c < d:
                        one, two = (text[t[x][2]:t[y - 1][2] + len(t[y - 1][1])] for x, y in ((a, b), (c, d)))
                        if one != two:
                            add("arguments", a, d - 1, f"{two}, {one}")
            last = _statement(t, i, end) if depth == 0 else None
            if last is not None:
                add("statement", i, last, ";")
    return found


def mutated(text, site):
    return text[:site.begin] + site.new + text[site.end:]
