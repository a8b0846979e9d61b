"""Writes expressions.txt: the lines of expressions.py, each with the tree that CPython (3.12 or later) reads it into.

Run it in this folder: python3 make.py
"""
import ast


def text(value):
    return '"' + "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else f"<{ord(c):x}>" for c in value) + '"'


OPERATORS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.MatMult: "@", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>",
    ast.UAdd: "+", ast.USub: "-", ast.Not: "not", ast.Invert: "~", ast.And: "and", ast.Or: "or",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=", ast.Is: "is",
    ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}


def op(node):
    return OPERATORS[type(node)]


def many(nodes):
    return "".join(" " + show(n) for n in nodes)


def parameters(a):
    out, positional = [], a.posonlyargs + a.args
    defaults = [None] * (len(positional) - len(a.defaults)) + a.defaults
    for i, (p, d) in enumerate(zip(positional, defaults)):
        out.append(p.arg + ("=" + show(d) if d else ""))
        if a.posonlyargs and i + 1 == len(a.posonlyargs):
            out.append("/")
    if a.vararg:
        out.append("*" + a.vararg.arg)
    elif a.kwonlyargs:
        out.append("*")
    for p, d in zip(a.kwonlyargs, a.kw_defaults):
        out.append(p.arg + ("=" + show(d) if d else ""))
    if a.kwarg:
        out.append("**" + a.kwarg.arg)
    return "[" + " ".join(out) + "]"


def clauses(generators):
    return "".join(f" (for {show(g.target)} {show(g.iter)}{many(g.ifs)})" for g in generators)


def parts(values):
    """Neighbouring texts joined, as the newest versions of CPython do."""
    out = []
    for v in values:
        if isinstance(v, ast.Constant) and out and isinstance(out[-1], str):
            out[-1] += v.value
        else:
            out.append(v.value if isinstance(v, ast.Constant) else v)
    return "".join(" " + (text(v) if isinstance(v, str) else show(v)) for v in out if v != "")


def show(n):
    match n:
        case ast.Constant(value=str() as v): return text(v)
        case ast.Constant(value=float() as v): return v.hex()
        case ast.Constant(value=v): return "..." if v is ... else repr(v)
        case ast.Name(): return n.id
        case ast.BinOp(): return f"({op(n.op)} {show(n.left)} {show(n.right)})"
        case ast.UnaryOp(): return f"({op(n.op)} {show(n.operand)})"
        case ast.BoolOp():
            out = show(n.values[0])
            for v in n.values[1:]:
                out = f"({op(n.op)} {out} {show(v)})"
            return out
        case ast.Compare():
            return "(compare " + show(n.left) + "".join(f" {op(o)} {show(c)}" for o, c in zip(n.ops, n.comparators)) + ")"
        case ast.IfExp(): return f"(if {show(n.test)} {show(n.body)} {show(n.orelse)})"
        case ast.Lambda(): return f"(lambda {parameters(n.args)} {show(n.body)})"
        case ast.Attribute(): return f"(. {show(n.value)} {n.attr})"
        case ast.Subscript(): return f"(at {show(n.value)} {show(n.slice)})"
        case ast.Slice(): return "(slice " + " ".join(show(p) if p else "_" for p in (n.lower, n.upper, n.step)) + ")"
        case ast.Starred(): return f"(* {show(n.value)})"
        case ast.Tuple(): return f"(tuple{many(n.elts)})"
        case ast.List(): return f"(list{many(n.elts)})"
        case ast.Set(): return f"(set{many(n.elts)})"
        case ast.Dict():
            return "(dict" + "".join(f" {show(k)}: {show(v)}" if k else f" **{show(v)}" for k, v in zip(n.keys, n.values)) + ")"
        case ast.ListComp(): return f"(list {show(n.elt)}{clauses(n.generators)})"
        case ast.SetComp(): return f"(set {show(n.elt)}{clauses(n.generators)})"
        case ast.GeneratorExp(): return f"(generator {show(n.elt)}{clauses(n.generators)})"
        case ast.DictComp(): return f"(dict {show(n.key)}: {show(n.value)}{clauses(n.generators)})"
        case ast.Call():
            arguments = [(a.lineno, a.col_offset, show(a)) for a in n.args]
            arguments += [(k.lineno, k.col_offset, f"{k.arg}={show(k.value)}" if k.arg else f"**{show(k.value)}") for k in n.keywords]
            return f"(call {show(n.func)}" + "".join(" " + a[2] for a in sorted(arguments)) + ")"
        case ast.JoinedStr(): return f"(f{parts(n.values)})"
        case ast.FormattedValue():
            conversion = " !" + chr(n.conversion) if n.conversion >= 0 else ""
            return f"({{}} {show(n.value)}{conversion}" + (" :" + parts(n.format_spec.values) if n.format_spec else "") + ")"
    raise ValueError(ast.dump(n))


with open("expressions.py", encoding="utf-8") as source, open("expressions.txt", "w", encoding="utf-8") as out:
    for line in source.read().splitlines():
        if line and not line.startswith("#"):
            out.write(line + "\n    " + show(ast.parse(line, mode="eval").body) + "\n")
