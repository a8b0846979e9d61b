"""Random expressions of arrays that NumPy reads too: making, indexing, assigning through indices, arithmetic with promotion, and functions.

The same tables and holes as in `expressions`. A case may be several statements: `x = …; x[1:] = 0; x`.
"""
import expressions

SHAPES = [(3,), (3,), (2,), (1,), (4,), (0,), (2, 3), (2, 3), (3, 2), (1, 3), (2, 1), (3, 1), (2, 2), (3, 3), (0, 3), (2, 0), (2, 3, 2), (1, 2, 3), (2, 1, 3), (5,)]
VALUES = {
    "float64": ["0.0", "-0.0", "1.0", "1.5", "-2.5", "0.1", "3.25", "-7.0", "100.0", "1e-05", "1e300", "1e16", "0.3333333333333333", "2.0", "-1.0", "0.5", "np.nan", "np.inf", "-np.inf", "123456.789"],
    "float32": ["0.0", "-0.0", "1.0", "1.5", "-2.5", "0.1", "3.25", "-7.0", "100.0", "1e-05", "1e38", "1e39", "16777217.0", "0.3", "2.0", "-1.0", "0.5", "np.nan", "np.inf", "-np.inf"],
    "int64": ["0", "1", "-1", "2", "3", "5", "-7", "10", "100", "-13", "4611686018427387904", "9223372036854775807", "1000000007"],
    "int32": ["0", "1", "-1", "2", "3", "5", "-7", "10", "100", "-13", "2147483647", "-2147483648", "65536"],
    "uint8": ["0", "1", "2", "3", "5", "7", "100", "200", "255", "16"], "bool": ["True", "False"],
}
TAME = {"float64": VALUES["float64"][:10] + ["2.0", "-1.0", "0.5"], "float32": ["0.0", "1.0", "1.5", "-2.5", "0.1", "3.25", "2.0", "-1.0", "0.5", "4.0"], "int64": VALUES["int64"][:10], "int32": VALUES["int32"][:10],
        "uint8": VALUES["uint8"][:6], "bool": VALUES["bool"]}
UNARY = ["abs", "negative", "sign", "square", "sqrt", "cbrt", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh", "arccosh",
         "arctanh", "degrees", "radians", "floor", "ceil", "trunc", "rint", "isnan", "isinf", "isfinite", "logical_not", "reciprocal", "fabs", "absolute", "fix", "rad2deg", "deg2rad"]
BINARY = ["maximum", "minimum", "fmax", "fmin", "add", "subtract", "multiply", "divide", "true_divide", "floor_divide", "power", "mod", "remainder", "fmod", "arctan2", "hypot", "bitwise_and", "bitwise_or", "bitwise_xor",
          "less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "logical_and", "logical_or", "logical_xor"]
REDUCE = ["sum", "prod", "mean", "std", "var", "min", "max", "argmin", "argmax", "all", "any"]
TEMPLATES = {
    "arr": """
        2 («arr» «op» «arr») «op» «arr» | 2 np.where(«arr» «compare» «arr», «arr», «number») | 1 np.where(«arr») | 2 «arr»[«arr» «compare» «number»] | 1 «arr»[«arr» «compare» «arr»] | 1 «arr»[(«arr» > «number») & («arr» < «number»)] | 1 ~(«arr» «compare» «number») | 2 «arr»[«intarr», «index»] | 1 «arr».astype(«dtype») «op» «arr»
        1 np.array(«list», dtype=«dtype») | 1 np.arange(«edge», «edge», «step») | 1 np.arange(«count», «count», dtype=«dtype») | 1 np.linspace(«number», «number», «count») | 1 np.linspace(«number», «number», num=«count», endpoint=False, dtype=«dtype») | 1 np.full(«shape», «number», dtype=«dtype») | 1 np.zeros(«shape», dtype=«dtype») | 1 np.ones(«shape») «op» «arr» | 1 np.eye(«count», «count», k=«small»)
        1 np.concatenate([«arr», «arr», «arr»], axis=None) | 1 np.stack([«same»]«more_axis») | 1 np.concatenate([«same»]«more_axis») | 1 np.vstack([«same»]) | 1 np.hstack([«same»]) | 2 np.split(«arr», «splits»«more_axis») | 1 np.array_split(«arr», «splits»«more_axis») | 1 np.vsplit(«arr», 2) | 1 np.hsplit(«arr», 2)
        2 np.sort(«arr», axis=«sortaxis») | 2 np.argsort(«arr», axis=«sortaxis») | 1 «arr».argsort() | 1 np.argsort(-«tame») | 1 np.unique(«arr», return_inverse=True) | 1 np.unique(«arr», return_counts=True, return_index=True) | 1 np.cumsum(«arr», axis=«sortaxis», dtype=«dtype») | 1 np.argmin(«arr», axis=«sortaxis») | 1 np.argmax(«arr»«more_axis») | 1 «arr».argmax(axis=-1, keepdims=True)
        1 «arr».reshape(«newshape»).T | 1 «arr».sum(axis=«sortaxis», keepdims=True) - «arr» | 1 np.mean(«arr», axis=«axes2», keepdims=True) | 1 np.max(«arr», axis=«axes2») | 1 «arr».std(axis=«sortaxis», ddof=1) | 1 np.var(«arr», axis=«axes2», keepdims=True) | 1 np.sum(«arr», axis=«axes2», dtype=«dtype») | 1 np.all(«arr», axis=«axes2») | 1 np.any(«arr» > «number»«more_axis») | 1 np.prod(«tame»«more_axis»)
        1 np.clip(«arr», «number», «number», ) | 1 np.clip(«arr», «arr», «arr») | 1 «arr».clip(max=«number») | 1 np.dot(«arr», «number») | 1 «tame».dot(«tame») | 1 «tame» @ «list» | 1 np.matmul(«tame»[None], «tame») | 1 np.linalg.norm(«tame», axis=«sortaxis», keepdims=True) | 1 «tame» / np.linalg.norm(«tame») | 1 np.transpose(«arr», «axes3») | 1 «arr».swapaxes(0, -1)
        1 np.repeat(«arr», [«count», «count», «count»]«more_axis») | 1 np.tile(«arr», «reps») | 1 np.squeeze(«arr»[None]) | 1 np.expand_dims(«arr», («small», «small»)) | 1 np.minimum(«arr», «arr»).max() | 1 (lambda x: x * 2 + 1)(«arr») | 1 sum([«arr», «arr»]) | 1 np.sum([«arr», «arr»], axis=0) | 1 np.round(«arr» / «number», «decimals») | 1 np.float32(«arr») «op» «number» | 1 np.array([«number», «number»]) «op» «arr»
        1 [a «op» b for a, b in zip(«vec», «vec»)] | 1 np.array([x «op» «number» for x in «vec»]) | 1 «arr» if «number» else «arr» | 1 np.nan_to_num(«arr», nan=«number») | 1 np.isnan(«arr»).any() | 1 «arr».astype(«dtype»).sum() | 1 np.cumsum(«arr»)[::«step»] | 1 np.take(«arr», «intarr», axis=«small») | 1 np.abs(«arr»).max(axis=0)
        8 «arr» «op» «arr» | 6 «arr» «op» «number» | 4 «number» «op» «arr» | 3 «arr» «compare» «arr» | 3 «arr» «compare» «number» | 1 «number» «compare» «arr» | 1 -«arr» | 1 ~«arr» | 1 abs(«arr») | 1 +«arr»
        12 «arr»[«index»] | 4 «arr»[«arr» > «number»] | 3 «arr»[«intarr»] | 2 «arr»[«boolarr»] | 6 np.«unary»(«arr») | 1 np.«unary»(«number») | 6 np.«binary»(«arr», «arr») | 2 np.«binary»(«arr», «number») | 1 np.«binary»(«number», «number»)
        6 «arr».«reduce»(«axis») | 3 np.«reduce»(«arr»«more_axis») | 3 «arr».astype(«dtype») | 3 «arr».reshape(«newshape») | 1 np.reshape(«arr», «newshape1») | 2 «arr».T | 1 np.transpose(«arr») | 1 «arr».transpose(«axes»)
        2 np.where(«arr» > «number», «arr», «arr») | 1 np.where(«boolarr», «number», «arr») | 1 np.where(«boolarr», «number», «number») | 2 np.concatenate([«arr», «arr»]«more_axis») | 2 np.stack([«arr», «arr»]«more_axis») | 1 np.concatenate((«arr», «arr», «arr»))
        1 np.vstack([«arr», «arr»]) | 1 np.hstack([«arr», «arr»]) | 1 np.column_stack([«arr», «arr»]) | 1 np.dstack([«arr», «arr»]) | 1 np.split(«arr», «small»«more_axis») | 1 np.array_split(«arr», «small») | 1 np.split(«arr», [1, 2]) | 1 np.array_split(«arr», [«small»])
        2 np.clip(«arr», «number», «number») | 1 «arr».clip(«number», «number») | 1 np.clip(«arr», «arr», None) | 1 np.clip(«arr», None, «number») | 2 np.cumsum(«arr»«more_axis») | 1 «arr».cumsum(«axis1») | 1 np.cumprod(«tame») | 2 np.sort(«arr»«more_axis»)
        1 np.unique(«arr») | 1 np.unique(«arr», return_counts=True) | 1 np.unique(«arr», return_index=True, return_inverse=True) | 2 np.dot(«tame», «tame») | 2 «tame» @ «tame» | 1 np.matmul(«tame», «tame») | 1 np.outer(«arr», «arr») | 1 np.linalg.norm(«tame») | 1 np.linalg.norm(«tame», axis=«small»)
        1 np.linalg.norm(«tame», ord=1) | 1 np.linalg.norm(«tame», «ord», axis=0) | 2 np.round(«arr», «decimals») | 1 «arr».round(«decimals») | 1 np.expand_dims(«arr», «small») | 1 np.squeeze(«arr») | 1 np.squeeze(«arr», axis=«small») | 1 «arr».ravel() | 1 «arr».flatten()
        1 np.repeat(«arr», «count»«more_axis») | 1 np.tile(«arr», «reps») | 1 np.flip(«arr»«more_axis») | 1 np.roll(«arr», «small»«more_axis») | 1 np.pad(«arr», «count») | 1 np.pad(«arr», (1, 2), mode='edge') | 1 np.take(«arr», «intarr»«more_axis») | 1 np.diff(«arr»«more_axis») | 1 np.append(«arr», «arr»)
        1 np.delete(«arr», «small»«more_axis») | 1 np.triu(«arr», «decimals») | 1 np.tril(«arr») | 1 np.diag(«arr») | 1 np.diagonal(«arr», «small») | 1 np.trace(«tame») | 1 np.swapaxes(«arr», «small», «small») | 1 np.moveaxis(«arr», «small», «small») | 1 np.rot90(«arr», «small») | 1 np.broadcast_to(«arr», «shape»)
        1 np.atleast_2d(«arr») | 1 np.meshgrid(«vec», «vec») | 1 np.nonzero(«arr») | 1 np.argwhere(«arr») | 1 np.flatnonzero(«arr») | 1 np.count_nonzero(«arr») | 1 np.isin(«arr», «arr») | 1 np.searchsorted(np.sort(«vec»), «arr») | 1 np.digitize(«arr», [0, 1, 2]) | 1 np.bincount(«countable»)
        1 np.histogram(«tame», bins=«count») | 1 np.median(«tame»«more_axis») | 1 np.percentile(«tame», «number») | 1 np.quantile(«tame», 0.25«more_axis») | 1 np.ptp(«arr»«more_axis») | 1 np.average(«tame»«more_axis») | 1 np.nanmean(«arr») | 1 np.nansum(«arr»«more_axis») | 1 np.nanmax(«arr») | 1 np.nan_to_num(«arr»)
        1 np.array_equal(«arr», «arr») | 1 np.allclose(«arr», «arr») | 1 np.isclose(«arr», «arr») | 1 np.zeros_like(«arr») | 1 np.ones_like(«arr», dtype=«dtype») | 1 np.full_like(«arr», «number») | 1 np.interp(«tame», [0.0, 1.0, 2.0], [3.0, 5.0, 4.0]) | 1 np.convolve(«tamevec», «tamevec») | 1 np.einsum('ij->ji', «tame»)
        1 np.einsum('ij,jk->ik', «tame», «tame») | 1 np.inner(«tame», «tame») | 1 np.vdot(«tame», «tame») | 1 «arr».copy() | 1 np.intersect1d(«arr», «arr») | 1 np.union1d(«arr», «arr») | 1 np.setdiff1d(«arr», «arr») | 1 «arr».sum(axis=«small», keepdims=True) / 2 | 1 «arr».mean(axis=«small», keepdims=True) | 1 np.sum(«arr», dtype=«dtype»)
        1 «arr» / «arr».sum() | 1 «arr» - «arr».mean(axis=0) | 1 («arr» - np.min(«tame»)) * 2 | 1 «arr» @ «arr».T | 1 np.exp(«tame») / np.sum(np.exp(«tame»)) | 2 np.array([«arr», «arr»]) | 1 np.asarray(«list», dtype=«dtype») | 1 np.std(«tame», ddof=1) | 1 «tame».var(axis=0)
    """,
    "num": "1 «arr».item(«small») | 1 «arr».size | 1 «arr».ndim | 1 len(«arr») | 1 int(«arr»[0]) | 1 float(«arr».sum()) | 1 bool(«arr») | 1 sum(«vec») | 1 max(«vec») | 1 float(«arr») | 1 «number» in «arr» | 1 «arr».nbytes",
    "other": """
        2 «arr».shape | 1 «arr».tolist() | 2 str(«arr») | 2 repr(«arr») | 1 str(«arr».dtype) | 1 f"{«fplain»}" | 1 list(«arr») | 1 [x for x in «arr»] | 1 tuple(«vec») | 1 [float(x) for x in «vec»] | 1 [(i, x) for i, x in enumerate(«vec»)] | 1 np.shape(«arr») | 1 list(zip(«vec», «vec»)) | 1 sorted(«vec») | 1 «arr».dtype.name
        1 «arr».dtype == «dtype» | 1 isinstance(«arr», np.ndarray) | 1 [a.shape for a in np.split(«arr», 2)] | 1 [row.sum() for row in «arr»]
    """,
}
CHOICES = {
    "op": ["+", "-", "*", "/", "//", "%", "**", "+", "-", "*", "/", "&", "|", "^", "<<", ">>"], "compare": ["<", "<=", "==", "!=", ">", ">="], "unary": UNARY, "binary": BINARY, "reduce": REDUCE,
    "number": ["0", "1", "2", "3", "-1", "0.5", "1.5", "-2.0", "True", "255", "256", "-3", "1e10", "0.0", "2.5", "float('nan')", "100", "300", "False", "7", "1e-5", "float('inf')", "3000000000"],
    "axis": ["", "", "axis=0", "axis=1", "axis=-1", "0", "axis=(0, 1)", "axis=2", "axis=0, keepdims=True", "keepdims=True", "axis=None"], "axis1": ["", "axis=0", "axis=-1", "1"],
    "more_axis": ["", "", "", ", axis=0", ", axis=1", ", axis=-1", ", axis=2"], "small": expressions.SMALL[:8] * 6 + ["9223372036854775807", "(-9223372036854775807 - 1)"], "count": ["0", "1", "2", "3", "5"], "decimals": ["0", "1", "2", "-1", "3", "-2"], "ord": ["1", "2", "np.inf", "0", "3"],
    "newshape": ["-1", "3, 2", "(2, -1)", "6", "1, 6", "2, 3, -1", "(3, 1)", "-1, 1", "(6,)", "(-1, 3)", "(2, 3)", "-1, -1", "()"], "newshape1": ["-1", "(3, 2)", "(-1, 1)", "(2, 3)", "6", "(1, -1)"],
    "dtype": ["'float32'", "'float64'", "'int64'", "'int32'", "'uint8'", "'bool'", "float", "int", "bool", "np.float32", "np.int32", "np.uint8", "np.bool_"], "axes": ["", "1, 0", "(1, 0)", "0, 1", "2, 0, 1", "(-1, 0)", "0"],
    "reps": ["2", "(2, 1)", "(1, 2)", "0", "(2, 2, 1)"], "shape": ["(2, 3)", "(3,)", "(2, 2, 3)", "3", "(3, 3)", "(2, 3, 3)"],
    "intarr": ["[0]", "[1, 0]", "[0, 1, -1]", "[[0, 1], [1, 0]]", "np.array([0, 0, 1])", "np.array([1], dtype='uint8')", "[-1, -2]", "[]", "np.array([[1, 0]])", "np.argsort(«vec»)", "range(2)", "[5]", "np.arange(2)"],
    "boolarr": ["[True, False, True]", "[False, False]", "np.array([True, False, True])", "np.array([[True, False, True], [False, True, False]])", "[True]", "np.array([False, True])", "True", "«arr» == «arr»", "np.array([], dtype=bool)"],
    "index": ["0", "-1", "1", "1:", "::-1", "::2", ":-1", "..., 0", "None", "..., None", "0, 1", "1, 0:2", ":, 1", ":, [0, 1]", "[0, 1], [1, 0]", "5", ":, None", "..., 1:, 0", "1:1", "-2:", "[0], :, [1]", "0, [1, 0]", "[[0, 1], [1, 0]]", "...",
              ":, ::-1", "::-1, ::-2", "«small»", "«small»:«small»", "«small»:«small»:«small»", "«small», «small»", "«intarr»", "«boolarr»", ":, «intarr»", "«intarr», «small»", "np.newaxis, «small»", "..., np.newaxis, :", "None, ..., «intarr»", "«small»:, «small»",
              "«boolarr», «small»", ":, «boolarr»", "()", "«intarr», «intarr»", "«small»:, «intarr»", "True", "1.5", "'a'", "«intarr», None, «intarr»", "1, ..., 0", "«boolarr», :", ":, :, 0", "0, :, 0", "10:, 0", "«intarr», «small»:«small»"],
    "edge": ["0", "1", "5", "-2", "2.5", "0.3", "10", "-0.5", "True", "1.0"], "step": ["1", "2", "-1", "0.5", "0.1", "3", "-2"], "same": ["np.ones((2, 3)), np.zeros((2, 3), dtype='int32')", "np.arange(3), np.arange(3.0), [1, 2, 3]", "np.array([True, False]), np.array([1, 2], dtype='uint8')", "np.eye(2), np.eye(2, dtype='float32')", "«arr», «arr»"],
    "splits": ["2", "3", "1", "[1]", "[1, 2]", "[0, 1, 5]", "(1,)", "[-1]", "np.array([1])", "«small»"], "sortaxis": ["0", "1", "-1", "None", "-2", "2"], "axes2": ["0", "1", "-1", "(0, 1)", "(0,)", "None", "(-1, 0)", "(0, 0)", "()", "(1, 2)"], "axes3": ["(1, 0)", "(0, 1)", "(2, 0, 1)", "(0,)", "None", "(-1, 0)", "[1, 0]", "(0, 0)"],
    "list": ["[1, 2, 3]", "[[1.5, 2], [3, 4]]", "[True, False]", "[[1], [2]]", "(1, 2)", "[1, 2.5]", "range(4)", "[[1, 2], [3]]", "3", "2.5", "[0.1, 0.2]"],
    "countable": ["[0, 1, 1, 3]", "np.array([2, 2, 0])", "np.array([1, -1])", "np.array([3, 0], dtype='uint8')", "«arr»"],
}
MAKING = ["np.arange(6)", "np.arange(6).reshape(2, 3)", "np.arange(3)", "np.zeros((2, 3))", "np.ones(3, dtype='int32')", "np.linspace(0, 1, 5)", "np.linspace(0, 10, 3, endpoint=False)", "np.eye(3)", "np.eye(2, 3, dtype='float32')", "np.full((2, 2), 7)",
          "np.full(3, 0.5, dtype='float32')", "np.arange(24).reshape(2, 3, 4)", "np.arange(0.0, 1.0, 0.25)", "np.arange(5, 0, -2)", "np.zeros(3, dtype=bool)", "np.identity(2)", "np.arange(3, dtype='float32')", "np.linspace(-1, 1, 4, dtype='float32')",
          "np.array([])", "np.arange(1000, 1003)", "np.full((2, 3), True)", "(np.ones((1, 3), dtype='uint8') * 200)", "np.arange(12.0).reshape(3, 4)", "np.array(5)", "np.array([1, 2.5])", "np.array([[1, 2], [3, 4]])", "np.logspace(0, 2, 3)"]
TABLES = {kind: expressions.parse_templates(text) for kind, text in TEMPLATES.items()}


class Maker(expressions.Maker):
    """Makes expressions of arrays."""

    def expression(self):
        self.names = 0
        rng = self.rng
        depth = rng.choice([1, 1, 1, 2, 2])
        if rng.random() < 0.2: return self.assignment()
        return self.make(rng.choice(["arr"] * 12 + ["num", "other", "other"]), {}, depth)

    def assignment(self):
        """Statements that change an array through an index, and the array."""
        rng = self.rng
        array = self.make("arr", {}, 0)
        target = f"x[{self.make('index', {}, 1)}]"
        value = rng.choice([lambda: self.make("number", {}, 0), lambda: self.make("number", {}, 0), lambda: self.make("arr", {}, 0), lambda: self.make("list", {}, 0)])()
        op = rng.choice(["=", "=", "=", "=", "+=", "*=", "-=", "/=", "//=", "%=", "**=", "&=", "|="])
        if rng.random() < 0.12: target = "x"
        if rng.random() < 0.1: target, value = "x[x > 0]", self.make("number", {}, 0)
        if rng.random() < 0.05: target, op, value = "x[0]", "=", rng.choice(["[]", "[1]", "[[2]]", "np.array([3])", "None", "'a'", "(1, 2)", "np.array(4)"])
        if target == "x" and op == "=": op = "+="
        if rng.random() < 0.15: return f"x = {array}; y = x; {target} {op} {value}; {target} = {self.make('number', {}, 0)}; (x, y)"
        return f"x = {array}; {target} {op} {value}; x"

    def make(self, kind, variables, depth):
        rng = self.rng
        if kind in CHOICES: return self.fill(rng.choice(CHOICES[kind]), variables, depth)
        if kind == "fplain": return self.literal("tame")
        if depth <= 0 or kind in ("vec", "tame", "tamevec") or kind not in TABLES:
            return rng.choice(MAKING) if kind == "arr" and rng.random() < 0.3 else self.literal(kind)
        weights, templates = TABLES[kind]
        text = self.fill(rng.choices(templates, weights)[0], variables, depth - 1)
        return f"({text})" if kind == "arr" else text

    def literal(self, kind):
        rng = self.rng
        dtype = rng.choice(list(VALUES))
        values = TAME[dtype] if kind.startswith("tame") or rng.random() < 0.3 else VALUES[dtype]
        shape = rng.choice(SHAPES)
        if kind in ("vec", "tamevec"): shape = rng.choice([(3,), (2,), (4,), (1,), (0,)])

        def nested(shape):
            return rng.choice(values) if not shape else "[" + ", ".join(nested(shape[1:]) for _ in range(shape[0])) + "]"

        text = nested(shape)
        if dtype in ("float64", "int64", "bool") and 0 not in shape and rng.random() < 0.5: return f"np.array({text})"
        return f"np.array({text}, dtype='{dtype}')"
