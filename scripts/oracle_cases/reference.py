"""What CPython (and NumPy) make of a case, and whether they left on the way what the language has: 64-bit numbers, real numbers."""
import ast
import math
import struct
import sys
import warnings

warnings.simplefilter("ignore")
LIMIT = 1 << 63
TYPES = {"float64", "float32", "int64", "int32", "uint8", "bool"}


class TooLarge(Exception):
    """A computation that is not worth its memory here."""


def is_numpy_number(value):
    return type(value).__module__ == "numpy" and getattr(value, "shape", None) == () and type(value).__name__ != "ndarray"


class Watch:
    """What was seen on the way: a whole number beyond 64 bits, a complex number, an array of a type that the language has not."""

    def __init__(self):
        self.large = self.complex = self.foreign = False

    def value(self, value):
        if hasattr(value, "dtype") and value.dtype.name not in TYPES: self.foreign = True
        # A number that NumPy gives is a plain number of the language.
        if is_numpy_number(value): value = value.item()
        if isinstance(value, int):
            if not -LIMIT <= value < LIMIT: self.large = True
        elif isinstance(value, complex): self.complex = True
        elif isinstance(value, (list, tuple)):
            for item in value[:50]: self.value(item)
        return value

    def binary(self, op, a, b):
        if isinstance(a, int) and isinstance(b, int):
            if op == "**" and b > 0 and a.bit_length() * b > 20000 or op == "<<" and b > 20000: raise TooLarge
        elif op == "*" and (isinstance(a, int) and hasattr(b, "__len__") and a > 10**6 or isinstance(b, int) and hasattr(a, "__len__") and b > 10**6): raise TooLarge
        if op == "%" and isinstance(a, str) and any(isinstance(item, float) and abs(item) >= LIMIT for item in (b if isinstance(b, tuple) else b.values() if isinstance(b, dict) else [b])):
            self.large = True
        return self.value(BINARY[op](a, b))

    def sum(self, iterable, /, start=0):
        """The built-in `sum` of CPython 3.12, which adds floats with compensation."""
        if isinstance(start, str): raise TypeError("sum() can't sum strings")
        total, compensation = start, 0.0
        items = iter(iterable)
        for item in items:
            if is_numpy_number(item): item = item.item()
            if type(total) is int and type(item) is int: total = self.value(total + item); continue
            if type(total) is int and type(item) is bool or type(total) is bool: total = self.value(total + item); continue
            if type(total) is int and type(item) is float: total = float(total)
            if type(total) is float and type(item) is float:
                added = total + item
                compensation += (total - added) + item if abs(total) >= abs(item) else (item - added) + total
                total = added
                continue
            if type(total) is float and isinstance(item, int): total += float(item); continue
            if type(total) is float and compensation and math.isfinite(compensation): total += compensation
            compensation, total = 0.0, self.value(total + item)
        return total + compensation if type(total) is float and compensation and math.isfinite(compensation) else total

    def prod(self, iterable, /, *, start=1):
        total = start
        for item in iterable: total = self.value(total * item)
        return total


BINARY = {symbol: eval(f"lambda a, b: a {symbol} b") for symbol in ["+", "-", "*", "/", "//", "%", "**", "@", "&", "|", "^", "<<", ">>"]}
SYMBOLS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**", ast.MatMult: "@", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^",
           ast.LShift: "<<", ast.RShift: ">>"}


class Watching(ast.NodeTransformer):
    """Sends every operation and the result of every call past the watch."""

    def visit_BinOp(self, node):
        self.generic_visit(node)
        call = ast.Call(ast.Name("_binary", ast.Load()), [ast.Constant(SYMBOLS[type(node.op)]), node.left, node.right], [])
        return ast.copy_location(call, node)

    def visit_Call(self, node):
        self.generic_visit(node)
        return ast.copy_location(ast.Call(ast.Name("_value", ast.Load()), [node], []), node)

    def visit_Compare(self, node):
        self.generic_visit(node)
        return ast.copy_location(ast.Call(ast.Name("_value", ast.Load()), [node], []), node)

    def visit_Subscript(self, node):
        self.generic_visit(node)
        return ast.copy_location(ast.Call(ast.Name("_value", ast.Load()), [node], []), node) if isinstance(node.ctx, ast.Load) else node

    def visit_UnaryOp(self, node):
        self.generic_visit(node)
        if isinstance(node.op, ast.Not): return node
        return ast.copy_location(ast.Call(ast.Name("_value", ast.Load()), [node], []), node)


class Mathematics:
    """The module `math` with a product that is watched."""

    def __init__(self, watch):
        self.__dict__.update(vars(math))
        self.prod = watch.prod
        if sys.version_info < (3, 11): self.cbrt, self.exp2 = (lambda x: math.copysign(abs(x) ** (1 / 3), x)), (lambda x: 2.0**x)


class Outcome:
    """`kind` is value, error or none (nothing to compare); an error has its class in `text`."""

    def __init__(self, kind, text="", value=None, watch=None):
        self.kind, self.text, self.value, self.watch = kind, text, value, watch


class LateLookup(ast.NodeTransformer):
    """Looks a method up after its arguments are computed, as the machine does."""

    def visit_Call(self, node):
        self.generic_visit(node)
        if not isinstance(node.func, ast.Attribute): return node
        arguments = [ast.Name("_late", ast.Load()), node.func.value, ast.Constant(node.func.attr)]
        return ast.copy_location(ast.Call(arguments[0], arguments[1:] + node.args, node.keywords), node)


def late(value, name, *positional, **keywords):
    return getattr(value, name)(*positional, **keywords)


def evaluate_late(text, more=None):
    if ";" in text: return None
    tree = ast.fix_missing_locations(LateLookup().visit(ast.parse(text, mode="eval")))
    try: return repr(eval(compile(tree, "", "eval"), {"math": math, "_late": late, **(more or {})}))
    except Exception as error: return type(error).__name__


def evaluate(text, more=None):
    watch = Watch()
    names = {"math": Mathematics(watch), "sum": watch.sum, "abs": lambda x, /: watch.value(abs(x)), "_binary": watch.binary, "_value": watch.value, **(more or {})}
    try:
        tree = Watching().visit(ast.parse(text))
        last = tree.body.pop()
        if tree.body: exec(compile(ast.fix_missing_locations(tree), "", "exec"), names)
        value = eval(compile(ast.fix_missing_locations(ast.Expression(last.value)), "", "eval"), names)
    except (TooLarge, MemoryError, RecursionError): return Outcome("none")
    except SyntaxError: return Outcome("error", "SyntaxError", watch=watch)
    except Exception as error: return Outcome("error", type(error).__name__, [base.__name__ for base in type(error).__mro__], watch=watch)
    return Outcome("value", value=value, watch=watch)


def place(text, start, end):
    """Where a finding in the function that the machine was given stands in the text."""
    if "; " not in text: return start, end
    shift = 10 + (7 if start - 10 >= len(text.encode()) - len(text.encode().rpartition(b"; ")[2]) else 0)
    return max(start - shift, 0), max(end - shift, 0)


def reaches(text, start, end, more=None):
    """Whether evaluating the text ever evaluates what stands between two offsets (in UTF-8 bytes)."""
    tree = ast.parse(text)
    encoded = text.encode()
    start, end = place(text, start, end)
    while start < end and encoded[start : start + 1] in b"( ": start += 1
    while start < end and encoded[end - 1 : end] in b") ": end -= 1
    found = None
    starts = [0]
    for line in text.encode().splitlines(keepends=True): starts.append(starts[-1] + len(line))
    for node in ast.walk(tree):
        if not isinstance(node, ast.expr): continue
        first, last = starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
        if first <= start and end <= last and (found is None or last - first < found[1] - found[0]): found = (first, last, node)
    if found is None: return True

    class Reached(BaseException):
        pass

    def reached():
        raise Reached

    class Marking(ast.NodeTransformer):
        def visit(self, node):
            # A comparison in a chain: what comes before it decides.
            if node is found[2] and isinstance(node, ast.Compare) and len(node.ops) > 1 and start > found[0]:
                index = next(index for index, item in enumerate(node.comparators) if starts[item.lineno - 1] + item.col_offset >= start)
                before = ast.Compare(node.left, node.ops[: index + 1], node.comparators[: index + 1])
                return ast.copy_location(ast.BoolOp(ast.And(), [before, ast.Call(ast.Name("_reached", ast.Load()), [], [])]), node)
            return ast.copy_location(ast.Call(ast.Name("_reached", ast.Load()), [], []), node) if node is found[2] else self.generic_visit(node)

    tree = ast.fix_missing_locations(Marking().visit(tree))
    names = {"math": math, "_reached": reached, **(more or {})}
    last = tree.body.pop()
    try:
        if tree.body: exec(compile(tree, "", "exec"), names)
        eval(compile(ast.Expression(last.value), "", "eval"), names)
    except Reached: return True
    except Exception: return False
    return False


def bits(value):
    """A value with its types and all of its bits, as the machine's own test writes it."""
    if is_numpy_number(value): value = value.item()
    if isinstance(value, float): return "nan" if math.isnan(value) else "f" + format(struct.unpack("<Q", struct.pack("<d", value))[0], "x")
    if isinstance(value, list): return "[" + ",".join(map(bits, value)) + "]"
    if isinstance(value, tuple): return "(" + ",".join(map(bits, value)) + ")"
    if isinstance(value, set): return "{" + ",".join(sorted(map(bits, value), key=lambda text: text.encode("utf-8", "surrogatepass"))) + "}"
    if isinstance(value, dict): return "{" + ",".join(f"{bits(key)}:{bits(item)}" for key, item in value.items()) + "}"
    if isinstance(value, str): return f"'{value}'"
    if type(value).__module__ == "numpy" and hasattr(value, "dtype"):
        shape = ",".join(map(str, value.shape))
        return f"array {value.dtype.name} {shape} " + ",".join(map(bits, value.ravel().tolist()))
    return repr(value)
