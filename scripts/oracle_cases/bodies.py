"""Random functions of statements: assignments, branches, loops, unpacking, calls with defaults and keywords, methods that change their receiver.

A case is one or two `def`s and an expression that calls them. The expressions in them are `expressions`'.
"""
import expressions

KINDS = ["int", "int", "float", "float", "num", "bool", "str", "nums", "ints", "strs", "dict", "counts", "set", "tuple", "any_list"]
LISTS = ("nums", "ints", "strs", "any_list", "floats")
# Statements that change a variable of a kind: `$v` is the variable.
CHANGES = {
    "nums": """
        3 $v.append(«num») | 1 $v.extend(«nums») | 1 $v.insert(«small», «num») | 2 $v.pop() | 1 $v.pop(«small») | 1 $v.remove(«num») | 1 $v.reverse() | 1 $v.sort() | 1 $v.sort(key=abs) | 1 $v.sort(reverse=«bool») | 1 $v.clear()
        3 $v[«small»] = «num» | 2 $v[«slice»] = «nums» | 1 $v += «nums» | 1 $v *= «small» | 2 $v[«small»] += «num» | 1 $v[«small»] *= «num» | 1 $v.sort(key=lambda x: -x) | 1 $v[0], $v[-1] = $v[-1], $v[0] | 1 $v += [«num»]
    """,
    "strs": "3 $v.append(«str») | 1 $v.extend(«strs») | 1 $v.sort(key=len) | 1 $v.sort() | 1 $v[«small»] = «str» | 1 $v += «strs» | 1 $v.pop() | 1 $v.remove(«str») | 1 $v[«small»] += «str» | 1 $v.extend(«str») | 1 $v.sort(key=str.lower) | 1 $v.sort(reverse=True, key=len)",
    "any_list": "3 $v.append(«any») | 1 $v.extend(«any_list») | 1 $v.insert(«small», «any») | 1 $v[«small»] = «any» | 1 $v[«slice»] = «any_list» | 1 $v.pop(«small») | 1 $v.reverse() | 1 $v.remove(«any») | 1 $v += «any_list»",
    "dict": """
        4 $v[«key»] = «any» | 2 $v.update(«dict») | 1 $v.update(a=«any») | 1 $v.pop(«key») | 2 $v.pop(«key», «any») | 1 $v.popitem() | 1 $v.setdefault(«key», «any») | 1 $v.clear() | 1 $v |= «dict» | 1 $v[«key»] = [«num»] | 1 $v[«key»] += «num»
        1 $v[«str»] = $v.get(«str», 0) | 1 $v.update([(«key», «any»)]) | 1 $v[(«num», «str»)] = «num»
    """,
    "counts": "3 $v[«key»] = $v.get(«key», 0) + 1 | 2 $v['a'] += «int» | 1 $v[«key»] = «int» | 1 $v.pop(«key», None) | 1 $v.setdefault(«key», «int») | 1 $v.update(a=«int», c=«int»)",
    "set": "3 $v.add(«num») | 1 $v.discard(«num») | 1 $v.remove(«num») | 1 $v.update(«nums») | 1 $v.clear() | 1 $v |= «set» | 1 $v &= «set» | 1 $v -= «set» | 1 $v ^= «set» | 1 $v.add(«str») | 1 $v.update(«nums», «strs»)",
    "int": "3 $v += «int» | 2 $v -= «int» | 2 $v *= «int» | 1 $v //= «int» | 1 $v %= «int» | 1 $v **= «power» | 1 $v <<= «shift» | 1 $v >>= «shift» | 1 $v &= «int» | 1 $v |= «int» | 1 $v ^= «int» | 1 $v /= «int» | 1 $v = -$v | 1 $v += «num»",
    "float": "3 $v += «num» | 2 $v -= «num» | 2 $v *= «num» | 2 $v /= «num» | 1 $v //= «num» | 1 $v %= «num» | 1 $v **= «exponent» | 1 $v = abs($v) | 1 $v = $v * 0.5 + «num»",
    "num": "3 $v += «num» | 2 $v *= «num» | 1 $v -= «num» | 1 $v /= «num» | 1 $v = max($v, «num») | 1 $v = min($v, «num»)",
    "bool": "1 $v = not $v | 1 $v &= «bool» | 1 $v |= «bool» | 1 $v ^= «bool» | 1 $v = $v and «bool»",
    "str": "3 $v += «str» | 1 $v *= «small» | 1 $v = $v.strip() | 1 $v = $v[«slice»] | 1 $v %= «num» | 1 $v = «fstring» | 1 $v = $v.join(«strs») | 1 $v = $v.replace(«str», «str»)",
    "tuple": "2 $v += (1, «num») | 1 $v = $v[«slice»] | 1 $v *= «small» | 1 $v = («any», *$v)",
    "ints": "3 $v.append(«int») | 1 $v.sort() | 1 $v[«small»] += «int» | 1 $v.pop() | 1 $v.insert(«small», «int») | 1 $v[«slice»] = «range» | 1 $v.extend(«range») | 1 $v += «ints»",
    "floats": "2 $v.append(«float») | 1 $v[«small»] /= «num»",
}
# What a loop goes through, and the kinds of its variables.
LOOPS = """
    4 $a in «nums»=num | 3 $a in «range»=int | 2 $a in range(«count»)=int | 2 $a, $b in enumerate(«strs»)=int,str | 2 $a, $b in zip(«nums», «strs»)=num,str | 2 $a, $b in «dict_nums».items()=str,num | 1 $a in «str»=str
    1 $a in «dict»=str | 1 $a, $b in enumerate(«nums», «small»)=int,num | 1 $a in reversed(«nums»)=num | 1 $a in sorted(«strs»)=str | 1 $a, ($b, $c) in enumerate(zip(«nums», «nums»))=int,num,num | 1 $a in «counts».values()=int
    1 $a in «nested»=nums | 1 $a in «any_list»=any | 1 $a, *$b in [(1, 2, 3), (4, 5)]=int,ints | 1 $a in map(lambda x: x * 2, «nums»)=num | 1 $a in range(«small», «small», «small»)=int
    1 $a in list(«set_ints»)=int | 1 $a in filter(None, «nums»)=num | 1 $a in 'abc'=str | 1 $a in («num», «num», «num»)=num
"""
UNPACKING = """
    4 $a, $b = «num», «num»=num,num | 2 $a, $b = $b0, $a0=num,num | 3 $a, *$b = [«num», *«nums»]=num,nums | 2 *$a, $b = [*«strs», «str»]=strs,str | 2 $a, ($b, $c) = «num», («str», «num»)=num,str,num
    2 $a = $b = «num»=num,num | 1 $a, $b, $c = 'abc'=str,str,str | 1 $a, $b = divmod(«int», 7)=int,int | 2 $a, _, $b = «str».partition(',')=str,str | 1 $a, *$b, $c = [«any», *«any_list», «any»]=any,any_list,any | 1 ($a, $b), *$c = [(«num», «num»), *«nested»]=num,num,any_list
    1 $a, *$b = «nums»=num,nums | 1 $a, $b = «tuple»=any,any | 1 *$a, $b = «strs»=strs,str | 1 $a, $b = «str»=str,str
"""
TABLES = {kind: expressions.parse_templates(text) for kind, text in CHANGES.items()}


def with_kinds(text):
    weights, templates = expressions.parse_templates(text)
    return weights, [(template.rpartition("=")[0], template.rpartition("=")[2].split(",")) for template in templates]


LOOP_TABLE, UNPACKING_TABLE = with_kinds(LOOPS), with_kinds(UNPACKING)


class Maker(expressions.Maker):
    """Makes functions and calls of them."""

    def expression(self):
        self.names, self.count, self.held = 0, 0, set()
        rng = self.rng
        definitions, functions = [], []
        for number in range(rng.choice([1, 1, 1, 2])):
            text, call = self.function(f"f{number}", functions)
            definitions.append(text)
            functions.append(call)
        name, parameters = functions[-1]
        calls = [self.call(name, parameters, {}) for _ in range(rng.choice([1, 1, 1, 2, 3]))]
        last = calls[0] if len(calls) == 1 else "[" + ", ".join(calls) + "]"
        return "\n".join(definitions + [last])

    def function(self, name, others):
        rng = self.rng
        kinds = [rng.choice(KINDS) for _ in range(rng.choice([0, 1, 1, 2, 2, 3]))]
        parameters, written, seen_default, keyword_only = [], [], False, False
        for kind in kinds:
            self.count += 1
            parameter = f"p{self.count}"
            if not keyword_only and rng.random() < 0.08:
                keyword_only = True
                written.append("*")
            default = seen_default and not keyword_only or rng.random() < 0.35
            seen_default = seen_default or default
            written.append(f"{parameter}={self.make(kind, {}, 1)}" if default else parameter)
            parameters.append((parameter, kind, default, keyword_only))
        variables = {parameter: kind for parameter, kind, _, _ in parameters}
        extra = rng.random()
        if extra < 0.08 and not keyword_only:
            written.append("*rest")
            variables["rest"] = "tuple"
        elif extra < 0.12:
            written.append("**more")
            variables["more"] = "dict"
        self.functions = others
        lines = self.block(variables, rng.choice([2, 3, 4, 5, 6]), 2, False)
        if rng.random() < 0.93: lines.append(self.returned(variables))
        body = "\n".join("    " + line for line in lines)
        return f"def {name}({', '.join(written)}):\n{body}", (name, parameters)

    def call(self, name, parameters, variables):
        rng, arguments, by_name = self.rng, [], False
        for parameter, kind, default, keyword_only in parameters:
            if default and rng.random() < 0.5:
                by_name = True
                continue
            by_name = by_name or keyword_only or rng.random() < 0.15
            arguments.append((f"{parameter}=" if by_name else "") + self.make(kind, variables, 1))
        if not by_name and rng.random() < 0.02: arguments.append(self.make("num", variables, 0))
        return f"{name}({', '.join(arguments)})"

    def returned(self, variables):
        names = [name for name in variables if self.rng.random() < 0.7][:5]
        if not names or self.rng.random() < 0.15: return f"return {self.make(self.rng.choice(KINDS), variables, 1)}"
        return f"return {names[0]}" if len(names) == 1 else f"return ({', '.join(names)})"

    def fresh(self, letter="v"):
        self.count += 1
        return f"{letter}{self.count}"

    def block(self, variables, length, depth, in_loop):
        lines = []
        for _ in range(length): lines += self.statement(variables, depth, in_loop)
        return lines or ["pass"]

    def statement(self, variables, depth, in_loop):
        rng = self.rng
        choice = rng.random()
        if depth > 0 and choice < 0.16: return self.conditional(variables, depth, in_loop)
        if depth > 0 and choice < 0.32: return self.loop(variables, depth)
        if choice < 0.40: return [self.unpacking(variables)]
        if choice < 0.43 and depth < 2: return [self.returned(variables)] if rng.random() < 0.5 else [f"raise {rng.choice(['ValueError', 'RuntimeError'])}({self.make('str', {}, 0)})"]
        if in_loop and choice < 0.47: return [f"if {self.make('bool', variables, 1)}:", "    " + rng.choice(["break", "continue"])]
        changeable = [name for name, kind in variables.items() if kind in TABLES and name not in self.held]
        if changeable and choice < 0.80: return [self.change(rng.choice(changeable), variables)]
        if choice < 0.84 and depth == 2:
            name = self.fresh("h")
            kind = rng.choice(["num", "str", "bool", "nums"])
            line = f"{name} = lambda x, y={self.make('num', {}, 0)}: {self.make(kind, {'x': 'num', 'y': 'num', **self.fixed(variables)}, 1)}"
            result = self.fresh()
            variables[result] = kind
            return [line, f"{result} = {name}({self.make('num', variables, 0)})"]
        if choice < 0.88 and self.functions:
            name, parameters = rng.choice(self.functions)
            result = self.fresh()
            variables[result] = "any"
            return [f"{result} = {self.call(name, parameters, variables)}"]
        kind = rng.choice(KINDS)
        same = [name for name, of in variables.items() if of == kind and name not in self.held]
        name = rng.choice(same) if same and rng.random() < 0.3 else self.fresh()
        line = f"{name} = {self.make(kind, variables, 2)}"
        variables[name] = kind
        return [line]

    def fixed(self, variables):
        """Some of the variables, for a function to capture."""
        return {name: kind for name, kind in variables.items() if self.rng.random() < 0.3}

    def change(self, name, variables):
        weights, templates = TABLES[variables[name]]
        template = self.rng.choices(templates, weights)[0].replace("$v", name)
        return self.fill(template, variables, 1)

    def named(self, table, variables):
        """A template of a table with fresh names, and the variables that it binds."""
        weights, templates = table
        template, kinds = self.rng.choices(templates, weights)[0]
        letters = [letter for letter in "abc" if f"${letter}" in template]
        if "$a0" in template:
            known = [name for name, kind in variables.items() if kind in ("int", "float", "num") and name not in self.held]
            if len(known) < 2: return self.named(table, variables)
            template = template.replace("$a0", known[0]).replace("$b0", known[1])
            names = dict(zip(letters, known))
        else: names = {letter: self.fresh() for letter in letters}
        bound = dict(zip(names.values(), kinds))
        for letter, name in names.items(): template = template.replace(f"${letter}", name)
        return template, bound

    def unpacking(self, variables):
        template, bound = self.named(UNPACKING_TABLE, variables)
        line = self.fill(template, variables, 1)
        variables.update(bound)
        return line

    def conditional(self, variables, depth, in_loop):
        rng = self.rng
        lines = [f"if {self.make('bool', variables, 1)}:"]
        for count in range(rng.choice([1, 1, 2, 2, 3])):
            if count: lines.append("else:" if count == 2 or rng.random() < 0.6 else f"elif {self.make('bool', variables, 1)}:")
            inner = dict(variables)
            lines += ["    " + line for line in self.block(inner, rng.choice([1, 1, 2]), depth - 1, in_loop)]
            # Now and then a name that only one branch binds is used behind it.
            if rng.random() < 0.1: variables.update(inner)
            if lines and count and "else:" in lines: break
        return lines

    def loop(self, variables, depth):
        template, bound = self.named(LOOP_TABLE, variables)
        header = self.fill(template, variables, 1)
        # What is gone through is not changed meanwhile: Python would go on for ever.
        held = {name for name in variables if name in header}
        inner = {**variables, **bound}
        added, self.held = held - self.held, self.held | held
        lines = [f"for {header}:"] + ["    " + line for line in self.block(inner, self.rng.choice([1, 2, 2, 3]), depth - 1, True)]
        self.held -= added
        if self.rng.random() < 0.1: variables.update(bound)
        return lines


class Mixed:
    """Expressions, and a function among every four."""

    def __init__(self, rng):
        self.rng, self.makers = rng, [expressions.Maker(rng), Maker(rng)]

    def expression(self): return self.makers[self.rng.random() < 0.25].expression()
