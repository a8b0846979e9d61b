#!/usr/bin/env python3
"""Times `train check` on huge scripts of many kinds, most of them nonsense: each should end soon, with findings and no trap.

  scripts/benchmarks/huge_scripts.py [KIND …]     all kinds without a name; --megabytes N, --program PATH
  scripts/benchmarks/huge_scripts.py --write KIND FILE

Seconds are of the processor (user and system), so that other work on the machine changes them little.
"""
import argparse, os, pathlib, random, resource, subprocess, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def repeated(piece, size, before="", after=""):
    return before + piece * (size // len(piece.encode())) + after


def numbered(form, size, before="", after="", between=""):
    """`form` with 0, 1, 2 … in place of each `@`, until the text is long enough."""
    parts, length, number = [], 0, 0
    while length < size:
        parts.append(form.replace("@", str(number)))
        length += len(parts[-1]) + len(between)
        number += 1
    return before + between.join(parts) + after


def nested(opener, size, inside, closer):
    count = size // len(opener + closer)
    return opener * count + inside + closer * count


def garbage(size, alphabet):
    return bytes(random.Random(1).choices(alphabet, k=size))


PRINTABLE = bytes(range(32, 127)) + b"\n"
MODEL = "model m@ {\n    Input((4,))\n    Dense(3)\n}\n"
CALLBACK = "callback C@(p=1) {\n    s = 0\n    on epoch_end(epoch, logs) { s += p }\n}\n"

KINDS = {
    # Statements that are fine.
    "statements": lambda n: repeated("x1 = 1\n", n),
    "names": lambda n: numbered("x@ = @\n", n),
    "one name": lambda n: numbered("x = @\n", n),
    "chained names": lambda n: numbered("y = x\nx = y + 1\n", n, "x = 1\n"),
    "semicolons": lambda n: repeated("x=1;", n),
    "CRLF": lambda n: repeated("x = 1\r\n", n),
    "returns": lambda n: repeated("x = 1\r", n),
    "tabs": lambda n: repeated("\tx\t=\t1\t\n", n),
    "blank lines": lambda n: repeated("\n", n),
    "blanks": lambda n: repeated(" ", n),
    "unicode": lambda n: repeated("größe = \"Ωμέγα 漢字\"  # é\n", n),
    "comments": lambda n: repeated("# a comment\n", n),
    "one comment": lambda n: repeated("c", n, "# "),
    "cells": lambda n: numbered("# %% cell @\nx = @\n", n),
    "markdown cells": lambda n: numbered("# %% [markdown]\n# text @\n", n),
    "models": lambda n: numbered(MODEL, n),
    "one model": lambda n: numbered("Dense(3)\n", n, "model m {\n    Input((4,))\n", "}\n"),
    "callbacks": lambda n: numbered(CALLBACK, n),
    "defs": lambda n: numbered("def f@(a, b=1) = a + b + @\n", n),
    "def blocks": lambda n: numbered("def f@(a, b=1) {\n    c = a + b\n    return c + @\n}\n", n),
    "lambdas": lambda n: numbered("f@ = lambda a: a + @\n", n),
    "one def": lambda n: numbered("a = a + @\n", n, "def f(a) {\n", "return a\n}\ny = f(1)\n"),
    "calls of defs": lambda n: repeated("y = f(1)\n", n, "def f(a) = a + 1\n"),
    "ifs": lambda n: numbered("if x > @ { y = @ }\n", n, "x = 1\n"),
    "ifs of the run": lambda n: numbered("if time() > @ { y = @ }\n", n),
    "loops": lambda n: repeated("for i in range(3) { y = i }\n", n),
    "prints": lambda n: numbered("print(\"line\", @)\n", n),
    "imports": lambda n: repeated("from keras.layers import Dense, Flatten as F\n", n),
    "settings": lambda n: numbered("a@ = @\n", n, "settings {\n", "}\n"),
    # One long thing.
    "sum": lambda n: repeated("+a", n, "a = 1\nx = a"),
    "sum of numbers": lambda n: repeated("1+", n, "x = ", "1\n"),
    "comparisons": lambda n: repeated("<a", n, "a = 1\nx = a"),
    "conjunctions": lambda n: repeated(" and a", n, "a = 1\nx = a"),
    "attributes": lambda n: repeated(".b", n, "a = 1\nx = a"),
    "subscripts": lambda n: repeated("[0]", n, "a = 1\nx = a"),
    "call chain": lambda n: repeated("()", n, "a = 1\nx = a"),
    "powers": lambda n: repeated("a**", n, "a = 1\nx = ", "a\n"),
    "choices": lambda n: repeated("a if a else ", n, "a = 1\nx = ", "a\n"),
    "targets": lambda n: repeated("a = ", n, "", "1\n"),
    "tuple of targets": lambda n: numbered("a@", n, "", " = 1\n", ", "),
    "list": lambda n: repeated("1, ", n, "x = [", "]\n"),
    "list of lines": lambda n: repeated("    1,\n", n, "x = [\n", "]\n"),
    "list of comments": lambda n: repeated("    1,  # one\n", n, "x = [\n", "]\n"),
    "list of names": lambda n: repeated("a, ", n, "a = 1\nx = [", "]\n"),
    "list without commas": lambda n: repeated("1 ", n, "x = [", "]\n"),
    "tuple": lambda n: repeated("1, ", n, "x = ", "\n"),
    "set": lambda n: numbered("@", n, "x = {", "}\n", ", "),
    "dict": lambda n: numbered("@: @", n, "x = {", "}\n", ", "),
    "dict of strings": lambda n: numbered("\"k@\": @", n, "x = {", "}\n", ", "),
    "arguments": lambda n: repeated("1, ", n, "print(", ")\n"),
    "keyword arguments": lambda n: numbered("a@=@", n, "Dense(", ")\n", ", "),
    "one keyword": lambda n: repeated("units=1, ", n, "Dense(", ")\n"),
    "positional after keyword": lambda n: repeated("1, ", n, "Dense(units=1, ", ")\n"),
    "parameters": lambda n: numbered("a@", n, "def f(", ") = 1\n", ", "),
    "one parameter": lambda n: repeated("a, ", n, "def f(", ") = 1\n"),
    "string": lambda n: repeated("s", n, "x = \"", "\"\n"),
    "long string": lambda n: repeated("s\n", n, "x = \"\"\"", "\"\"\"\n"),
    "escapes": lambda n: repeated("\\n", n, "x = \"", "\"\n"),
    "strange escapes": lambda n: repeated("\\q", n, "x = \"", "\"\n"),
    "adjacent strings": lambda n: repeated("\"s\" ", n, "x = (", ")\n"),
    "f-string": lambda n: repeated("s", n, "x = f\"", "\"\n"),
    "fields": lambda n: repeated("{a}", n, "a = 1\nx = f\"", "\"\n"),
    "adjacent f-strings": lambda n: repeated("f\"{a}b\" ", n, "a = 1\nx = (", ")\n"),
    "number": lambda n: repeated("1", n, "x = "),
    "float": lambda n: repeated("1", n, "x = 0."),
    "name": lambda n: repeated("a", n, "", " = 1\n"),
    "name used": lambda n: repeated("a", n, "x = "),
    "elif": lambda n: numbered("} elif x == @ {\n    y = @\n", n, "x = -1\nif x {\n", "}\n"),
    "else if": lambda n: numbered("} else if x == @ {\n    y = @\n", n, "x = -1\nif x {\n", "}\n"),
    "elif of the run": lambda n: numbered("} elif time() == @ {\n    y = @\n", n, "if time() {\n", "}\n"),
    "raw elif": lambda n: repeated("elif x {}\n", n),
    "import names": lambda n: numbered("a@", n, "from keras import ", "\n", ", "),
    # Deep.
    "nots": lambda n: repeated("not ", n, "x = ", "1\n"),
    "minuses": lambda n: repeated("- ", n, "x = ", "1\n"),
    "parentheses": lambda n: nested("(", n, "1", ")"),
    "brackets": lambda n: nested("[", n, "1", "]"),
    "calls": lambda n: nested("f(", n, "1", ")"),
    "blocks": lambda n: nested("if x {\n", n, "y = 1\n", "}\n"),
    "nested f-strings": lambda n: nested("f\"{", n, "1", "}\""),
    "lambda in lambda": lambda n: repeated("lambda: ", n, "x = ", "1\n"),
    # Never closed.
    "(": lambda n: repeated("(", n), "[": lambda n: repeated("[", n), "{": lambda n: repeated("{", n),
    ")": lambda n: repeated(")", n), "}": lambda n: repeated("}", n), "(]": lambda n: repeated("(]", n),
    "( lines": lambda n: repeated("x = (\n", n), "{ lines": lambda n: repeated("if x {\n", n),
    "} lines": lambda n: repeated("}\n", n), "mixed": lambda n: repeated("([{", n),
    "'": lambda n: repeated("'", n), "\"": lambda n: repeated("\"", n + 1), "'''": lambda n: repeated("'''", n),
    "' lines": lambda n: repeated("x = 'a\n", n), "''' lines": lambda n: repeated("x = '''a\n", n),
    "f\"{": lambda n: repeated("f\"{", n), "f\"{ lines": lambda n: repeated("x = f\"{a\n", n),
    "{ fields": lambda n: repeated("{", n, "x = f\"", "\"\n"), "} fields": lambda n: repeated("}", n, "x = f\"", "\"\n"),
    "field of quotes": lambda n: repeated("' ", n, "x = f\"{", "}\"\n"),
    "triple field": lambda n: repeated("{\n", n, "x = f\"\"\"", "\"\"\"\n"),
    "backslashes": lambda n: repeated("\\", n), "backslash lines": lambda n: repeated("\\\n", n),
    "else": lambda n: repeated("else ", n), "if": lambda n: repeated("if ", n), "for": lambda n: repeated("for ", n),
    "lambda": lambda n: repeated("lambda ", n), "model": lambda n: repeated("model ", n), ":": lambda n: repeated(":", n),
    "=": lambda n: repeated("=", n), ",": lambda n: repeated(",", n), ";": lambda n: repeated(";", n),
    ".": lambda n: repeated(".", n), "*": lambda n: repeated("*", n), "@": lambda n: repeated("@", n),
    "#": lambda n: repeated("#", n), "walrus": lambda n: repeated("a := 1\n", n), "$": lambda n: repeated("$", n),
    "$ lines": lambda n: repeated("$ a\n", n), "accents": lambda n: repeated("\u0301", n),
    "python": lambda n: repeated("while x:\n    y = 1\n", n), "classes": lambda n: numbered("class A@:\n    pass\n", n),
    "one class": lambda n: numbered("    def f@(self):\n        pass\n", n, "class A:\n"),
    "unknown words": lambda n: repeated("foo bar baz\n", n), "one line": lambda n: repeated("foo bar ", n),
    "undefined names": lambda n: numbered("y = u@\n", n), "undefined calls": lambda n: numbered("u@(1)\n", n),
    "one undefined name": lambda n: repeated("y = u\n", n),
    "declared twice": lambda n: repeated("def f(a) = a\n", n), "model twice": lambda n: repeated(MODEL.replace("@", ""), n),
    "colons for equals": lambda n: numbered("a@: 1\n", n), "misplaced cells": lambda n: repeated("  # %% cell\n", n),
    "allowed": lambda n: repeated("x = \"\\q\"  # allow: unknown-escape\n", n),
    "garbage": lambda n: garbage(n, PRINTABLE), "bytes": lambda n: garbage(n, bytes(range(256))),
    "ASCII bytes": lambda n: garbage(n, bytes(range(1, 128))), "marks": lambda n: garbage(n, b"()[]{}'\"\\#,;:=\n x"),
    "brackets at random": lambda n: garbage(n, b"()[]{}"), "letters": lambda n: garbage(n, b"abcdef\n =1"),
    "quotes at random": lambda n: garbage(n, b"f'\"{} \n"),
}


def measure(program, path):
    """Processor seconds, megabytes at most, exit status (negative: the signal) and what was said last."""
    process = subprocess.Popen([program, "check", path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read().decode(errors="replace").strip().splitlines()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode, (said or [""])[-1][:60]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", metavar="KIND")
    parser.add_argument("--megabytes", type=float, default=10)
    parser.add_argument("--limit", type=int, default=60, help="seconds of the processor after which a kind is given up")
    parser.add_argument("--program", default=str(ROOT / ".build" / "release" / "train"))
    parser.add_argument("--write", nargs=2, metavar=("KIND", "FILE"))
    options = parser.parse_args()
    size = int(options.megabytes * 1e6)
    if options.write:
        text = KINDS[options.write[0]](size)
        pathlib.Path(options.write[1]).write_bytes(text if isinstance(text, bytes) else text.encode())
        return
    resource.setrlimit(resource.RLIMIT_CPU, (options.limit, options.limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print(f"| {'kind':24} | seconds | megabytes | exit | last line |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "huge.train")
        for kind in options.kinds or KINDS:
            subprocess.run([sys.executable, __file__, "--megabytes", str(options.megabytes), "--write", kind, path], check=True)
            seconds, megabytes, status, last = measure(options.program, path)
            print(f"| {kind:24} | {seconds:7.2f} | {megabytes:9.0f} | {status:4} | {last} |", flush=True)


if __name__ == "__main__":
    main()
