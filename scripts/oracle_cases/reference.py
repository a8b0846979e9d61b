"""What CPython (and NumPy) make of a case, as they are or with one of the language's known differences put into them.

A case is the text of an expression, or statements with an expression at the end. `evaluate` runs it with every operation, call and comparison sent
past a `Watch`. A difference that is meant (`designs.py`) is a change of this reference: what the machine gives is explained where the changed
reference gives the same, and nowhere else.
"""
import ast
import copy
import math
import operator
import signal
import struct
import sys
import types
import warnings

warnings.simplefilter("ignore")
# Long numbers are written, too: they are beyond 64 bits in any case.
if hasattr(sys, "set_int_max_str_digits"): sys.set_int_max_str_digits(0)
LIMIT = 1 << 63
TYPES = {"float64", "float32", "int64", "int32", "uint8", "bool"}
SECONDS = 2


class TooLarge(BaseException):
    """A computation that is not worth its memory or time here."""


def is_numpy_number(value):
    return type(value).__module__ == "numpy" and getattr(value, "shape", None) == () and type(value).__name__ != "ndarray"


def is_array(value):
    return type(value).__name__ == "ndarray"


class Watch:
    """Sees every value on the way. `large`, `complex` and `foreign` tell what the language has not: a whole number beyond 64 bits, a complex
    number, an array of another type; `changes` are the differences that are put in."""

    def __init__(self, changes=()):
        self.changes = changes
        self.large = self.complex = self.foreign = False

    def value(self, value):
        if is_array(value) and value.size > 10**6: raise TooLarge
        if hasattr(value, "dtype") and hasattr(value, "shape") and value.dtype.name not in TYPES: self.foreign = True
        # A number that NumPy gives is a plain number of the language.
        if is_numpy_number(value): value = value.item()
        if isinstance(value, float) and value != value and "one not-a-number" in self.changes: return math.nan
        if isinstance(value, int):
            if not -LIMIT <= value < LIMIT: self.is_large()
        elif isinstance(value, complex):
            self.complex = True
            if "no complex numbers" in self.changes: raise ValueError
        elif isinstance(value, (list, tuple)):
            for item in value[:50]: self.value(item)
        elif isinstance(value, dict):
            for item in list(value.items())[:50]: self.value(item)
        elif isinstance(value, set):
            for item in list(value)[:50]: self.value(item)
        elif isinstance(value, range):
            if not all(-LIMIT <= bound < LIMIT for bound in (value.start, value.stop, value.step)): self.is_large()
        return value

    def is_large(self):
        self.large = True
        if "64 bits" in self.changes: raise OverflowError

    def binary(self, op, a, b):
        self.check_size(op, a, b)
        if op == "%" and isinstance(a, str) and any(isinstance(item, float) and abs(item) >= LIMIT for item in (b if isinstance(b, tuple) else b.values() if isinstance(b, dict) else [b])):
            self.is_large()
        return self.apply(BINARY[op], a, b)

    def check_size(self, op, a, b):
        if isinstance(a, int) and isinstance(b, int):
            if op == "**" and b > 0 and a.bit_length() * b > 20000 or op == "<<" and b > 20000 or op == "*" and a.bit_length() + b.bit_length() > 20000: raise TooLarge
        elif op == "*":
            for count, other in ((a, b), (b, a)):
                if isinstance(count, int) and hasattr(other, "__len__") and not is_array(other) and count * len(other) > 10**6: raise TooLarge

    def check_power(self, base, exponent):
        """Fails for what is a complex number, be it too large for one."""
        if isinstance(base, (int, float)) and isinstance(exponent, float) and base < 0 and math.isfinite(base) and exponent % 1 != 0 and math.isfinite(exponent): raise ValueError

    def apply(self, function, *positional, **keywords):
        if "no complex numbers" in self.changes and function in (BINARY["**"], pow) and len(positional) == 2: self.check_power(*positional)
        result = function(*positional, **keywords)
        if "sums in double" in self.changes: result = in_double(result, function, positional, keywords)
        if "six types" in self.changes: result = native(result, function, positional, keywords)
        return self.value(result)

    def augmented(self, op, a, b):
        """`a op= b`: what the name means after it."""
        self.check_size(op, a, b)
        return self.value(IN_PLACE[op](a, b))

    def augment_item(self, op, container, index, make):
        """`container[index] op= make()`."""
        old = container[index]
        container[index] = self.augmented(op, self.value(old), make())

    def call(self, function, /, *positional, **keywords):
        if function is pow and len(positional) == 2: self.check_size("**", *positional)
        if function in PLAIN_TAKERS: positional = [plain_elements(argument) for argument in positional]
        if "Python 3.12" in self.changes and "reverse" in keywords and (function is sorted or getattr(function, "__name__", "") == "sort"): keywords["reverse"] = bool(keywords["reverse"])
        if function is enumerate and is_long(keywords.get("start", positional[1] if len(positional) > 1 else 0), positional): self.is_large()
        if "order of equals" in self.changes and getattr(function, "__name__", "") == "argsort": keywords["kind"] = "stable"
        if "NumPy's slips" in self.changes and getattr(function, "__module__", "") == "numpy" and function.__name__ in SLIPS: function = SLIPS[function.__name__](function)
        return self.apply(function, *positional, **keywords)

    def attribute(self, value, name):
        """What a plain number has of NumPy's numbers, it has of those."""
        if "Python 3.12" in self.changes and isinstance(value, int) and name == "is_integer": return lambda: True
        if type(value) in (int, float, bool) and name in ("item", "tolist", "round", "astype") and not hasattr(value, name):
            numpy = sys.modules["numpy"] if "numpy" in sys.modules else None
            if numpy is None: raise AttributeError
            if name == "tolist": return lambda: value

            def method(*positional, **keywords):
                result = getattr(numpy.asarray(value), name)(*positional, **keywords)
                return result[()] if is_array(result) else result

            return method
        return getattr(value, name)

    def late(self, value, name, /, *positional, **keywords):
        return self.call(self.attribute(value, name), *positional, **keywords)

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


def in_double(result, function, positional, keywords):
    """A sum in float32, made again in float64."""
    if getattr(function, "__name__", "") not in SUMS or str(getattr(result, "dtype", "")) != "float32": return result

    def wide(value): return value.astype("float64") if str(getattr(value, "dtype", "")) == "float32" else value

    owner = getattr(function, "__self__", None)
    if is_array(owner): function = getattr(wide(owner), function.__name__)
    if "dtype" in keywords: positional, keywords = [positional[0].astype("float32")] if positional and is_array(positional[0]) else positional, {**keywords, "dtype": "float64"}
    return function(*map(wide, positional), **keywords).astype("float32")


SUMS = {"sum", "mean", "std", "var", "prod", "cumsum", "cumprod", "nansum", "nanmean", "average", "dot", "matmul", "norm", "inner", "vdot", "trace", "einsum", "outer", "convolve"}


def split_as_said(split):
    """`np.split` of anything that is an array, with a ValueError for a number of parts that is none."""
    numpy = sys.modules["numpy"]

    def splitting(array, sections, axis=0):
        array = numpy.asarray(array)
        if isinstance(sections, int) and array.ndim and -array.ndim <= axis < array.ndim and sections <= 0: raise ValueError
        array.shape[axis]
        return split(array, sections, axis)

    return splitting


def of_array(split):
    return lambda array, sections: split(sys.modules["numpy"].asarray(array), sections)


def average_of_none(average):
    """`np.average` with what a mean gives where nothing is averaged."""
    def averaging(*positional, **keywords):
        try: return average(*positional, **keywords)
        except ZeroDivisionError as error:
            if "normalized" in str(error): raise ValueError from None
            return sys.modules["numpy"].mean(*positional, **keywords)

    return averaging


SLIPS = {"split": split_as_said, "array_split": split_as_said, "hsplit": of_array, "vsplit": of_array, "average": average_of_none}
PLAIN_TAKERS = (list, tuple, set, zip, enumerate, sorted, max, min, map, filter, any, all, reversed, dict)


def plain_elements(value):
    """What going through an array of one axis gives: plain numbers."""
    return value.tolist() if is_array(value) and value.ndim == 1 else value


def is_long(start, positional):
    return isinstance(start, int) and positional and hasattr(positional[0], "__len__") and start + len(positional[0]) > LIMIT


def native(result, function, positional, keywords):
    """A result of NumPy's in one of the six types: found again with truth values and bytes as float64, or as whole numbers of 64 bits."""
    def names(value): return value.dtype.name if hasattr(value, "dtype") and hasattr(value, "shape") else None

    if names(result) is None or names(result) in TYPES: return result
    if result.dtype.kind not in "biuf": raise TypeError
    if names(result) == "uint64": return result.astype("int64")
    target = "float64" if names(result) == "float16" else "int64"

    def raised(value):
        if type(value).__name__ == "bool": return value * 1.0 if target == "float64" else value * 1
        return value.astype(target) if names(value) in ("bool", "uint8") else value

    owner = getattr(function, "__self__", None)
    if is_array(owner): function = getattr(raised(owner), function.__name__)
    return function(*map(raised, positional), **{name: raised(value) for name, value in keywords.items()})


BINARY = {symbol: eval(f"lambda a, b: a {symbol} b") for symbol in ["+", "-", "*", "/", "//", "%", "**", "@", "&", "|", "^", "<<", ">>"]}
IN_PLACE = {"+": operator.iadd, "-": operator.isub, "*": operator.imul, "/": operator.itruediv, "//": operator.ifloordiv, "%": operator.imod, "**": operator.ipow, "@": operator.imatmul,
            "&": operator.iand, "|": operator.ior, "^": operator.ixor, "<<": operator.ilshift, ">>": operator.irshift}
SYMBOLS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**", ast.MatMult: "@", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^",
           ast.LShift: "<<", ast.RShift: ">>"}


def called(name, *arguments):
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def as_index(node):
    """A subscript's index as an argument."""
    if isinstance(node, ast.Slice): return called("slice", *[part or ast.Constant(None) for part in (node.lower, node.upper, node.step)])
    if isinstance(node, ast.Tuple): return ast.Tuple([as_index(item) for item in node.elts], ast.Load())
    return node


class Watching(ast.NodeTransformer):
    """Sends every operation and the result of every call past the watch."""

    def visit_BinOp(self, node):
        self.generic_visit(node)
        return ast.copy_location(called("_binary", ast.Constant(SYMBOLS[type(node.op)]), node.left, node.right), node)

    def visit_Call(self, node):
        self.generic_visit(node)
        return ast.copy_location(ast.Call(ast.Name("_call", ast.Load()), [node.func, *node.args], node.keywords), node)

    def visit_Attribute(self, node):
        self.generic_visit(node)
        return ast.copy_location(called("_attribute", node.value, ast.Constant(node.attr)), node) if isinstance(node.ctx, ast.Load) else node

    def visit_Compare(self, node):
        self.generic_visit(node)
        return ast.copy_location(called("_value", node), node)

    def visit_Subscript(self, node):
        self.generic_visit(node)
        return ast.copy_location(called("_value", node), node) if isinstance(node.ctx, ast.Load) else node

    def visit_UnaryOp(self, node):
        self.generic_visit(node)
        return node if isinstance(node.op, ast.Not) else ast.copy_location(called("_value", node), node)

    def visit_AugAssign(self, node):
        self.generic_visit(node)
        symbol = ast.Constant(SYMBOLS[type(node.op)])
        if isinstance(node.target, ast.Name):
            return ast.copy_location(ast.Assign([node.target], called("_augmented", symbol, ast.Name(node.target.id, ast.Load()), node.value)), node)
        thunk = ast.Lambda(ast.arguments([], [], None, [], [], None, []), node.value)
        return ast.copy_location(ast.Expr(called("_augment_item", symbol, node.target.value, as_index(node.target.slice), thunk)), node)

    def visit_For(self, node):
        self.generic_visit(node)
        node.iter = called("_elements", node.iter)
        return node

    def visit_comprehension(self, node):
        self.generic_visit(node)
        node.iter = called("_elements", node.iter)
        return node


class LateLookup(ast.NodeTransformer):
    """Looks a method up after its arguments are computed."""

    def visit_Call(self, node):
        self.generic_visit(node)
        if not isinstance(node.func, ast.Attribute) or isinstance(node.func.value, ast.Name) and node.func.value.id in ("math", "np"): return node
        return ast.copy_location(ast.Call(ast.Name("_late", ast.Load()), [node.func.value, ast.Constant(node.func.attr), *node.args], node.keywords), node)


class WholeIterables(ast.NodeTransformer):
    """Computes all that a generator gives before anything is done with it; `any` and `all` of one that is written out stop as ever."""

    def visit_Call(self, node):
        stops = isinstance(node.func, ast.Name) and node.func.id in ("any", "all") and len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp)
        if stops:
            super().generic_visit(node.args[0])
            return node
        return self.generic_visit(node)

    def visit_GeneratorExp(self, node):
        self.generic_visit(node)
        return ast.copy_location(called("_whole", node), node)


class Values(ast.NodeTransformer):
    """Makes a copy wherever a value gets another place: lists, dicts, sets and arrays are values."""

    def place(self, node):
        """A place that a method changes, or an item of which is meant: it is not copied itself."""
        if isinstance(node, ast.Attribute): node.value = self.place(node.value)
        elif isinstance(node, ast.Subscript):
            node.value = self.place(node.value)
            node.slice = self.visit(node.slice)
        elif not isinstance(node, ast.Name): return self.visit(node)
        return node

    def visit_Name(self, node):
        return ast.copy_location(called("_copy", node), node) if isinstance(node.ctx, ast.Load) else node

    def visit_Attribute(self, node):
        node.value = self.place(node.value)
        return ast.copy_location(called("_copy", node), node) if isinstance(node.ctx, ast.Load) else node

    def visit_Subscript(self, node):
        node = self.place(node)
        return ast.copy_location(called("_copy", node), node) if isinstance(node.ctx, ast.Load) else node

    def visit_Call(self, node):
        node.func = self.place(node.func)
        node.args = [self.visit(argument) for argument in node.args]
        for keyword in node.keywords: keyword.value = self.visit(keyword.value)
        return ast.copy_location(called("_copy", node), node)

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        names = [argument.arg for argument in node.args.posonlyargs + node.args.args + node.args.kwonlyargs]
        copies = [ast.Assign([ast.Name(name, ast.Store())], called("_copy", ast.Name(name, ast.Load()))) for name in names]
        node.body = [ast.copy_location(assign, node) for assign in copies] + node.body
        return node


class SetsInOrder(ast.NodeTransformer):
    """Makes sets that go through their elements in the order in which they came in."""

    def visit_Set(self, node):
        self.generic_visit(node)
        return ast.copy_location(called("set", ast.List(node.elts, ast.Load())), node)

    def visit_SetComp(self, node):
        self.generic_visit(node)
        return ast.copy_location(called("set", ast.ListComp(node.elt, node.generators)), node)


class Captures(ast.NodeTransformer):
    """Gives a function what outer names mean when it is made."""

    def visit_Lambda(self, node):
        self.generic_visit(node)
        return ast.copy_location(called("_captured", node), node)


def ordered_set():
    plain = set

    class OrderedSet(set):
        def __init__(self, items=()):
            self.order = {}
            for item in items: self.order.setdefault(item)
            super().__init__(self.order)

        def __iter__(self): return iter(list(self.order))

        def __repr__(self): return "{" + ", ".join(map(repr, self.order)) + "}" if self.order else "set()"

        def renew(self, items): self.__init__(list(items))

        def kept(self, other):
            """What both have: the one that the smaller of two sets holds, else the one that the iterable gives."""
            if not isinstance(other, plain): return [item for item in other if item in self.order]
            return [item for item in self if item in other] if len(other) > len(self) else [item for item in other if item in self.order]

        def __or__(self, other): return OrderedSet([*self, *other]) if isinstance(other, plain) else NotImplemented

        def __and__(self, other): return OrderedSet(self.kept(other)) if isinstance(other, plain) else NotImplemented

        def __sub__(self, other): return OrderedSet([item for item in self if not plain.__contains__(other, item)]) if isinstance(other, plain) else NotImplemented

        def __xor__(self, other): return OrderedSet([*(self - other), *(other - self)]) if isinstance(other, plain) else NotImplemented

        __ior__, __iand__, __isub__, __ixor__ = __or__, __and__, __sub__, __xor__

        def copy(self): return OrderedSet(self)

        __copy__ = copy

        def __deepcopy__(self, memo): return OrderedSet(self)

        def union(self, *others):
            for other in others: self = self | OrderedSet(other)
            return OrderedSet(self)

        def intersection(self, *others):
            for other in others: self = OrderedSet(self.kept(other if isinstance(other, plain) else OrderedSet(other)) if isinstance(other, plain) else [item for item in OrderedSet(other) if item in self])
            return OrderedSet(self)

        def difference(self, *others):
            for other in others: self = self - OrderedSet(other)
            return OrderedSet(self)

        def symmetric_difference(self, other): return self ^ OrderedSet(other)

        def add(self, item): self.renew([*self, item])

        def discard(self, item):
            if item in self: self.renew([other for other in self if other != item])

        def remove(self, item):
            if item not in self: raise KeyError(item)
            self.discard(item)

        def pop(self):
            if not self.order: raise KeyError
            first = next(iter(self.order))
            self.remove(first)
            return first

        def clear(self): self.renew([])

        def update(self, *others):
            for other in others: self.renew([*self, *other])

    OrderedSet.__name__ = OrderedSet.__qualname__ = "set"
    return OrderedSet


ORDERED = ordered_set()


def captured(function):
    cells = tuple(types.CellType(cell.cell_contents) for cell in function.__closure__ or ())
    made = types.FunctionType(function.__code__, dict(function.__globals__), function.__name__, function.__defaults__, cells)
    made.__kwdefaults__ = function.__kwdefaults__
    return made


def copied(value):
    return copy.deepcopy(value) if isinstance(value, (list, dict, set, tuple)) or is_array(value) else value


TRANSFORMERS = {"order of sets": SetsInOrder, "values": Values, "captured when made": Captures, "late methods": LateLookup, "whole iterables": WholeIterables}


class Mathematics:
    """The module `math` with a product that is watched."""

    def __init__(self, watch):
        self.__dict__.update(vars(math))
        self.prod = watch.prod
        if sys.version_info < (3, 11): self.cbrt, self.exp2 = (lambda x: math.copysign(abs(x) ** (1 / 3), x)), (lambda x: 2.0**x)


class Outcome:
    """`kind` is value, error or none (nothing to compare); an error has its class in `text`, and the classes that it counts as in `value`."""

    def __init__(self, kind, text="", value=None, watch=None, message=""):
        self.kind, self.text, self.value, self.watch, self.message = kind, text, value, watch, message


def whole(kind):
    return lambda *positional, **keywords: iter(list(kind(*positional, **keywords)))


def names_for(watch, more):
    names = {"math": Mathematics(watch), "sum": watch.sum, "abs": lambda x, /: watch.value(abs(x)), "_binary": watch.binary, "_value": watch.value, "_call": watch.call, "_attribute": watch.attribute, "_augmented": watch.augmented,
             "_augment_item": watch.augment_item, "_elements": plain_elements, "_late": watch.late, "_copy": copied, "_captured": captured, "_whole": lambda generator: iter(list(generator)), **(more or {})}
    if "order of sets" in watch.changes: names["set"] = ORDERED
    if "whole iterables" in watch.changes: names.update({kind.__name__: whole(kind) for kind in (map, filter, zip)})
    return names


def out_of_time(*_): raise TooLarge


signal.signal(signal.SIGALRM, out_of_time)


def run(tree, names):
    """The value of the last expression of a tree."""
    last = tree.body.pop()
    if tree.body: exec(compile(ast.fix_missing_locations(tree), "", "exec"), names)
    return eval(compile(ast.fix_missing_locations(ast.Expression(last.value)), "", "eval"), names)


def evaluate(text, more=None, changes=()):
    watch = Watch(changes)
    try: tree = ast.parse(text)
    except SyntaxError: return Outcome("error", "SyntaxError", watch=watch)
    for change in TRANSFORMERS:
        if change in changes: tree = TRANSFORMERS[change]().visit(tree)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try: value = run(Watching().visit(tree), names_for(watch, more))
    except (TooLarge, MemoryError, RecursionError): return Outcome("none", watch=watch)
    except SyntaxError: return Outcome("error", "SyntaxError", watch=watch)
    except Exception as error: return Outcome("error", type(error).__name__, [base.__name__ for base in type(error).__mro__], watch, str(error))
    finally: signal.setitimer(signal.ITIMER_REAL, 0)
    return Outcome("value", value=value, watch=watch)


def reaches(case, start, end, more=None):
    """Whether evaluating a translated case (`translation.Case`) ever comes by what stands between two offsets of its text in the language."""
    tree = copy.deepcopy(case.tree)
    text = case.text.encode()
    # Brackets around an expression are none of Python's tree.
    while start < end and text[start : start + 1] in b"( ": start += 1
    while start < end and text[end - 1 : end] in b") ": end -= 1
    found = None
    for node in ast.walk(tree):
        if not hasattr(node, "start") or not node.start <= start <= end <= node.end: continue
        if found is None or node.end - node.start <= found.end - found.start and node is not found: found = node
    if found is None: return True

    class Reached(BaseException):
        pass

    def reached():
        raise Reached

    def mark(node): return ast.copy_location(called("_reached"), node)

    class Marking(ast.NodeTransformer):
        def visit(self, node):
            if node is not found:
                targets = getattr(node, "targets", [node.target] if isinstance(node, (ast.For, ast.AugAssign)) else [])
                if any(inner is found for target in targets for inner in ast.walk(target)):
                    return [ast.copy_location(ast.Expr(mark(node)), node), node]
                return self.generic_visit(node)
            if isinstance(node, ast.stmt): return [ast.copy_location(ast.Expr(mark(node)), node), node]
            # A comparison in a chain: what comes before it decides.
            if isinstance(node, ast.Compare) and len(node.ops) > 1 and start > found.start:
                index = next((index for index, item in enumerate(node.comparators) if item.start >= start), 0)
                before = ast.Compare(node.left, node.ops[: index + 1], node.comparators[: index + 1])
                return ast.copy_location(ast.BoolOp(ast.And(), [before, mark(node)]), node)
            return mark(node)

    tree = Marking().visit(tree)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try: run(tree, {"math": math, "_reached": reached, **(more or {})})
    except Reached: return True
    except (Exception, TooLarge): return False
    finally: signal.setitimer(signal.ITIMER_REAL, 0)
    return False


def bits(value):
    """A value with its types and all of its bits, as the machine's own test writes it."""
    if is_numpy_number(value): value = value.item()
    # Decimal digits of a number with millions of them take minutes.
    if isinstance(value, int) and not -LIMIT <= value < LIMIT: return hex(value)
    if isinstance(value, float): return "nan" if math.isnan(value) else "f" + format(struct.unpack("<Q", struct.pack("<d", value))[0], "x")
    if isinstance(value, list): return "[" + ",".join(map(bits, value)) + "]"
    if isinstance(value, tuple): return "(" + ",".join(map(bits, value)) + ")"
    if isinstance(value, set): return "{" + ",".join(sorted(map(bits, value), key=lambda text: text.encode("utf-8", "surrogatepass"))) + "}"
    if isinstance(value, dict): return "{" + ",".join(f"{bits(key)}:{bits(item)}" for key, item in value.items()) + "}"
    if isinstance(value, str): return f"'{value}'"
    if is_array(value):
        shape = ",".join(map(str, value.shape))
        return f"array {value.dtype.name} {shape} " + ",".join(map(bits, value.ravel().tolist()))
    return repr(value)
