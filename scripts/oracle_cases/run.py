"""Holds the machine against CPython and against NumPy on random cases; `scripts/oracle --help` says how."""
import argparse
import ast
import math
import os
import pathlib
import random
import re
import resource
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import arrays
import bodies
import designs
import expressions
import keras_utils
import reference
import translation

try:
    import numpy
except ImportError:
    numpy = None

ROOT = str(pathlib.Path(__file__).resolve().parent.parent.parent)
BATCH = 500


class Answer:
    """What the machine made of a case."""

    def __init__(self, line):
        self.line = line
        parts = line.split("\t")
        self.kind = parts[0]
        self.error = parts[1] if self.kind == "error" else None
        self.finding = parts[1] if self.kind == "finding" else None
        self.start, self.end = (int(parts[2]), int(parts[3])) if self.finding else (0, 0)
        self.type, self.bits, self.repr, self.str = [unescaped(part) for part in parts[1:5]] if self.kind == "value" else (None,) * 4

    def __str__(self):
        return self.repr if self.kind == "value" else " ".join(self.line.split("\t")[:2] + self.line.split("\t")[-1:])


def unescaped(text):
    if "\\" not in text: return text
    result, marks = [], {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "\\": "\\"}
    position = 0
    while position < len(text):
        if text[position] == "\\":
            position += 1
            result.append(marks[text[position]])
        else: result.append(text[position])
        position += 1
    return "".join(result)


class Machine:
    """The process that runs cases: a test of the project that reads one pipe and writes another."""

    def __init__(self, folder):
        self.folder = folder
        self.process = None
        for name in ("cases", "answers"): os.mkfifo(f"{folder}/{name}")

    def start(self):
        command = ["swift", "test", "--skip-build", "--package-path", os.environ.get("ORACLE_PACKAGE", ROOT), "--filter", "OracleServer"]
        self.process = subprocess.Popen(command, env=dict(os.environ, TRAIN_ORACLE_FOLDER=self.folder), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.is_open = False
        threading.Thread(target=self.watch, args=(self.process,), daemon=True).start()
        self.cases = open(f"{self.folder}/cases", "w", encoding="utf-8")
        self.answers = open(f"{self.folder}/answers", encoding="utf-8", newline="\n")
        self.is_open = True

    def watch(self, process):
        said = process.stderr.read()
        process.wait()
        # A process that ends before it opens the pipes would leave us waiting for ever.
        if self.process is process and not self.is_open:
            print(f"the machine did not start (swift build --build-tests makes it):\n{said}", file=sys.stderr)
            os._exit(2)

    def ask(self, lines):
        """An `Answer` for each line; one that ends the process is `crash`."""
        answers = []
        while len(answers) < len(lines):
            if self.process is None: self.start()
            asked = lines[len(answers):]
            writer = threading.Thread(target=self.write, args=(asked,), daemon=True)
            writer.start()
            for _ in asked:
                line = self.answers.readline()
                if not line.endswith("\n"):
                    answers.append(Answer("crash"))
                    self.close()
                    break
                answers.append(Answer(line[:-1]))
            writer.join()
        return answers

    def write(self, lines):
        try:
            for line in lines: self.cases.write(line + "\n")
            self.cases.flush()
        except (BrokenPipeError, ValueError): pass

    def close(self):
        if self.process is None: return
        for pipe in (self.cases, self.answers):
            try: pipe.close()
            except BrokenPipeError: pass
        self.process.wait()
        self.process = None


class Disagreement:
    def __init__(self, case, source, there, here, names):
        self.case, self.text, self.there, self.here, self.names = case, source, there, here, names


class Half:
    """The cases of one reference: how they are made, evaluated, compared."""

    def __init__(self, title, maker, names, agrees):
        self.title, self.maker, self.names, self.agrees = title, maker, names, agrees

    def explained(self, case, machine):
        """The name of the design that explains a disagreement; None where it is a mistake."""
        return self.explained_whole(case) or self.explained_by_call(case, machine)

    def explained_by_call(self, case, machine):
        """A `def` is compiled for the types of a call, and a finding may be of one call where another comes by: then each call is asked alone."""
        if not case.here.finding or "\n" not in case.text: return None
        *definitions, last = ast.parse(case.text).body
        if not isinstance(last.value, ast.List): return None
        texts = [ast.unparse(ast.Module([*definitions, ast.Expr(call)], [])) for call in last.value.elts]
        found = self.examine(texts, machine)[0]
        names = {self.explained_whole(other) for other in found if other.here.finding == case.here.finding}
        return "found before" if names == {"found before"} and all(map(self.explained_whole, found)) else None

    def explained_whole(self, case):
        for name, _, explains in designs.DESIGNS:
            if explains(case): return name
        for name in designs.CHANGES:
            if self.agrees(case.text, reference.evaluate(case.text, self.names, {name}), case.here): return name
        # Several at once, where each alone leaves something.
        if self.agrees(case.text, reference.evaluate(case.text, self.names, set(designs.CHANGES)), case.here): return "several"
        return None

    def sampled(self, text):
        """A case that both read in the same way, with what the reference makes of it, as the committed tests hold them; nil for others."""
        there = reference.evaluate(text, self.names)
        if "\n" in text or "; " in text or there.kind == "none" or there.watch.large or there.watch.complex or there.watch.foreign or there.text == "SyntaxError": return None
        if there.kind == "error": return f"{text}\t!{there.text}" if text not in self.failed else None
        value = there.value.item() if reference.is_numpy_number(there.value) else there.value
        shown = repr(value).replace("\n", "\\n")
        if text in self.failed or isinstance(value, set) or " at 0x" in shown or "<" in shown or "np." in shown or len(shown) > 160: return None
        return f"{text}\t{shown}"

    def examine(self, texts, machine):
        """The disagreements among the texts, and how many were compared."""
        there = [reference.evaluate(text, self.names) for text in texts]
        kept = [(text, outcome, translation.Case(text)) for text, outcome in zip(texts, there) if outcome.kind != "none" and outcome.text != "SyntaxError"]
        here = machine.ask([case.text for _, _, case in kept])
        found = [Disagreement(case, text, outcome, answer, self.names) for (text, outcome, case), answer in zip(kept, here) if not self.agrees(text, outcome, answer)]
        # What only nearly agrees, in the last bits of floats, is left out of samples too.
        inexact = {text for (text, outcome, _), answer in zip(kept, here) if outcome.kind == "value" and answer.bits != reference.bits(outcome.value)}
        self.failed = {case.text for case in found} | inexact
        return found, len(kept)


def agrees_with_python(text, there, here):
    # UnboundLocalError is a NameError.
    if there.kind == "error": return here.finding is not None or here.error in there.value[:2]
    if there.kind == "none": return False
    if here.kind != "value": return False
    value = there.value
    if callable(value) or " at 0x" in repr(value): return here.repr[:1] == "<" or "<" in here.repr and " at 0x" in repr(value)
    if here.bits != reference.bits(value): return False
    if isinstance(value, set): return True
    name = type(value).__name__
    return here.type == name and here.repr == repr(value) and here.str == str(value)


def agrees_with_numpy(text, there, here):
    # NumPy has classes of errors of its own: of an AxisError both bases count.
    if there.kind == "error": return here.finding is not None or here.error in there.value[:-3]
    if there.kind == "none": return False
    if here.kind != "value": return False
    value = there.value
    if callable(value) or " at 0x" in repr(value): return "<" in here.repr
    bits = reference.bits(value)
    if here.bits == bits:
        if isinstance(value, numpy.ndarray): return here.repr == repr(value) and here.str == str(value)
        return True
    return is_near(here.bits, bits, "float32" in text)


def is_near(ours, theirs, is_single):
    """Whether two values differ in the last bits of floats only: of sums, whose order is free, in a few more."""
    parts = [re.split(r"(\bf[0-9a-f]+\b)", text) for text in (ours, theirs)]
    if len(parts[0]) != len(parts[1]) or parts[0][::2] != parts[1][::2]: return False
    for a, b in zip(parts[0][1::2], parts[1][1::2]):
        x, y = (struct.unpack("<d", struct.pack("<Q", int(text[1:], 16)))[0] for text in (a, b))
        if x == y: continue
        if math.isinf(x) or math.isinf(y): return False
        if abs(x - y) > (3e-6 if is_single else 1e-13) * max(abs(x), abs(y)) + (1e-6 if is_single else 1e-14): return False
    return True


SIMPLEST = [ast.Constant(0), ast.Constant(1), ast.Constant("a"), ast.List([], ast.Load())]


def smaller(text):
    """Texts that are less than this one in one place."""
    tree = ast.parse(text)
    found = set()

    def add():
        try: shorter = ast.unparse(tree)
        except Exception: return
        if len(shorter) < len(text): found.add(shorter)

    for parent in list(ast.walk(tree)):
        for block in (getattr(parent, name, None) for name in ("body", "orelse")):
            if not isinstance(block, list): continue
            for index in range(len(block) - (parent is tree)):
                removed = block[index]
                # A statement away, or what is in it in its place.
                for instead in ([], getattr(removed, "body", []), getattr(removed, "orelse", [])):
                    if isinstance(removed, ast.FunctionDef) and instead: continue
                    block[index : index + 1] = instead
                    if block or block is not getattr(parent, "body", None): add()
                    block[index : index + len(instead)] = [removed]
        for field, old in ast.iter_fields(parent):
            places = [(old, index) for index in range(len(old))] if isinstance(old, list) else [(parent, field)]
            for holder, key in places:
                child = holder[key] if isinstance(holder, list) else old
                if not isinstance(child, ast.expr) or isinstance(parent, (ast.JoinedStr, ast.FormattedValue)) and isinstance(child, (ast.JoinedStr, ast.Constant)): continue

                def put(new):
                    if isinstance(holder, list): holder[key] = new
                    else: setattr(holder, key, new)

                for new in [node for node in ast.walk(child) if isinstance(node, ast.expr) and node is not child][:8] + SIMPLEST:
                    put(new)
                    add()
                put(child)
                if isinstance(holder, list) and len(holder) > 1 and field in ("elts", "args", "keywords", "values", "comparators", "ifs"):
                    del holder[key]
                    add()
                    holder.insert(key, child)
    return sorted(found, key=len)[:250]


def shrunk(case, half, machine):
    """The smallest case found that disagrees in the same way."""
    def sort(case):
        there = type(case.there.value).__name__ if case.there.kind == "value" else case.there.text
        return there, case.here.kind, case.here.finding, case.here.error, case.here.type

    for _ in range(12):
        try: candidates = smaller(case.text)
        except (SyntaxError, RecursionError): return case
        failing = [other for other in half.examine(candidates, machine)[0] if sort(other) == sort(case) and half.explained(other, machine) is None]
        if not failing: return case
        case = min(failing, key=lambda other: len(other.text))
    return case


def run(half, options, machine, sample=None):
    rng = random.Random(f"{half.title} {options.seed}")
    maker = half.maker(rng)
    seen, counts, unexplained, began, compared = set(), {}, [], time.monotonic(), 0
    while compared < options.cases and time.monotonic() - began < options.seconds:
        texts = []
        while len(texts) < min(BATCH, options.cases - compared):
            text = maker.expression()
            if text in seen or len(text) > 1200: continue
            seen.add(text)
            texts.append(text)
        found, count = half.examine(texts, machine)
        compared += count
        if sample is not None: sample += [line for line in map(half.sampled, texts) if line]
        for case in found:
            name = half.explained(case, machine)
            if name is None: unexplained.append(case)
            else: counts[name] = counts.get(name, 0) + 1
    listed = ", ".join(f"{counts[name]} {name}" for name in sorted(counts)) or "none"
    print(f"{half.title}: {compared} cases, seed {options.seed}: {len(unexplained)} disagree; {sum(counts.values())} by design ({listed}); {time.monotonic() - began:.0f} s")
    told = set()
    for case in unexplained[: options.show * 4]:
        if len(told) >= options.show: break
        case = case if options.whole else shrunk(case, half, machine)
        if case.text in told: continue
        told.add(case.text)
        there = repr(case.there.value) if case.there.kind == "value" else case.there.text
        indented = case.text.replace("\n", "\n  ")
        print(f"  {indented}\n    {half.title}: {there}\n    here: {case.here}")
    return not unexplained


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("halves", nargs="*", choices=["cpython", "numpy", "keras", []], help="which part (all without a name)")
    options.add_argument("--cases", type=int, default=20000, help="how many cases a half")
    options.add_argument("--seconds", type=float, default=600, help="stop making cases after that long a half")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--show", type=int, default=10, help="how many disagreements are shrunk and shown")
    options.add_argument("--sample", metavar="FOLDER", help="write the cases that agree as fixtures into a folder")
    options.add_argument("--whole", action="store_true", help="show them as they were made")
    options = options.parse_args()
    halves = {"CPython": Half("CPython", bodies.Mixed, {}, agrees_with_python)}
    if numpy:
        numpy.seterr(all="ignore")
        halves["NumPy"] = Half("NumPy", arrays.Maker, {"np": numpy}, agrees_with_numpy)
    elif "numpy" in options.halves or not options.halves: print("NumPy: skipped, since it is not installed (scripts/setup --python)")
    chosen = [title for title in halves if not options.halves or title.lower() in options.halves]
    fine = True
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(folder)
        for title in chosen:
            sample = [] if options.sample else None
            fine = run(halves[title], options, machine, sample) and fine
            if sample: (pathlib.Path(options.sample) / f"sample_{title.lower()}.tsv").write_text("\n".join(sample[: options.cases]) + "\n", encoding="utf-8")
        machine.close()
    if not options.halves or "keras" in options.halves: fine = keras_utils.run(options) and fine
    return 0 if fine else 1


if __name__ == "__main__":
    # What a case might ask for by mistake is a MemoryError, and left out.
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, resource.getrlimit(resource.RLIMIT_AS)[1]))
    # The same order of sets in every run.
    if os.environ.get("PYTHONHASHSEED") != "0": os.execve(sys.executable, [sys.executable, *sys.argv], dict(os.environ, PYTHONHASHSEED="0"))
    sys.exit(main())
