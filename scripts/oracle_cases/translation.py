"""A case of Python as the language reads it: its text, and Python's tree with the place of every node in that text.

An expression is the same in both. Statements differ in their blocks, which have braces: `def f(x) { if x > 0 { return 1 }; return 0 }`.
"""
import ast


class Unparser(ast._Unparser):
    """Python's own writer, with a generator that is a call's only argument in the call's brackets."""

    def visit_Call(self, node):
        if len(node.args) != 1 or node.keywords or not isinstance(node.args[0], ast.GeneratorExp): return super().visit_Call(node)
        self.set_precedence(ast._Precedence.ATOM, node.func)
        self.traverse(node.func)
        self.visit_GeneratorExp(node.args[0])


def unparsed(node): return Unparser().visit(node)


class Case:
    """`text` is the case in the language, on one line; `tree` is Python's, its nodes with `start` and `end` in bytes of that text."""

    def __init__(self, source):
        tree = ast.parse(source)
        self.tree = tree
        if len(tree.body) == 1:
            self.text = source
            place(tree, 0)
            return
        self.parts, self.length = [], 0
        definitions = [statement for statement in tree.body[:-1] if isinstance(statement, ast.FunctionDef)]
        steps = [statement for statement in tree.body[:-1] if not isinstance(statement, ast.FunctionDef)]
        for definition in definitions:
            self.statement(definition)
            self.write("; ")
        if steps: self.write("def f() { ")
        for statement in steps:
            self.statement(statement)
            self.write("; ")
        if steps: self.write("return ")
        tree.body[-1].value = self.expression(tree.body[-1].value)
        if steps: self.write(" }")
        tree.body = definitions + steps + tree.body[-1:]
        self.text = "".join(self.parts)

    def write(self, text):
        self.parts.append(text)
        self.length += len(text.encode())

    def expression(self, node, bare=False):
        """Writes an expression, a `bare` tuple without its brackets; gives the same one with its places."""
        text, start = unparsed(node), self.length
        if bare and isinstance(node, ast.Tuple) and len(node.elts) > 1 and text[0] == "(": text = text[1:-1]
        self.write(text)
        parsed = ast.parse(f"({text})", mode="eval").body
        place(parsed, start - 1)
        if isinstance(getattr(node, "ctx", None), ast.Store): stored(parsed)
        return parsed

    def block(self, statements):
        self.write("{ ")
        for index, statement in enumerate(statements):
            if index: self.write("; ")
            self.statement(statement)
        self.write(" }")

    def statement(self, node):
        node.start = self.length
        getattr(self, type(node).__name__)(node)
        node.end = self.length

    def FunctionDef(self, node):
        self.write(f"def {node.name}(")
        text = unparsed(node.args)
        parsed = ast.parse(f"lambda {text}: 0", mode="eval").body.args
        place(parsed, self.length - len("lambda "))
        node.args = parsed
        self.write(f"{text}) ")
        self.block(node.body)

    def Return(self, node):
        self.write("return")
        if node.value:
            self.write(" ")
            node.value = self.expression(node.value, True)

    def Assign(self, node):
        for index, target in enumerate(node.targets):
            node.targets[index] = self.expression(target, True)
            self.write(" = ")
        node.value = self.expression(node.value, True)

    def AugAssign(self, node):
        node.target = self.expression(node.target)
        self.write(" " + ast.unparse(ast.AugAssign(ast.Name("a", ast.Store()), node.op, ast.Name("b", ast.Load())))[2:-1])
        node.value = self.expression(node.value)

    def Expr(self, node): node.value = self.expression(node.value)

    def If(self, node, word="if "):
        self.write(word)
        node.test = self.expression(node.test)
        self.write(" ")
        self.block(node.body)
        if not node.orelse: return
        if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
            inner = node.orelse[0]
            inner.start = self.length
            self.If(inner, " elif ")
            inner.end = self.length
        else:
            self.write(" else ")
            self.block(node.orelse)

    def For(self, node):
        self.write("for ")
        node.target = self.expression(node.target, True)
        self.write(" in ")
        node.iter = self.expression(node.iter, True)
        self.write(" ")
        self.block(node.body)

    def Raise(self, node):
        self.write("raise ")
        node.exc = self.expression(node.exc)

    def Break(self, node): self.write("break")

    def Continue(self, node): self.write("continue")

    def Pass(self, node): self.write("pass")


def stored(node):
    """Makes an expression a target."""
    node.ctx = ast.Store()
    if isinstance(node, (ast.Tuple, ast.List)):
        for item in node.elts: stored(item)
    elif isinstance(node, ast.Starred): stored(node.value)


def place(tree, offset):
    """Gives every node of a tree of one line its place, `offset` bytes on."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.expr, ast.stmt)): node.start, node.end = offset + node.col_offset, offset + node.end_col_offset
