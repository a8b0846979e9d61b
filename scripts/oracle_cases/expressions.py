"""Random expressions of the language that are Python's too, drawn from tables of what may stand where.

A hole `«kind»` in a template is filled with an expression of that kind; `«kind|x:int»` knows a variable more; `$x` is a fresh name. Values lean
toward the edges: 0, -0.0, infinities, 64-bit limits, empty collections, letters that change their length, negative indices and steps.
"""
import re

HOLE = re.compile(r"«([^»]*)»")

INTS = ["0", "1", "-1", "2", "3", "5", "7", "-7", "10", "-13", "63", "64", "100", "255", "1000", "-1000", "65535", "1234567", "123456789", "-987654321", "2147483647",
        "4294967296", "9007199254740993", "4611686018427387904", "9223372036854775807", "-9223372036854775807", "(-9223372036854775807 - 1)", "0xff", "0b101", "0o17", "1_000"]
FLOATS = ["0.0", "-0.0", "1.0", "-1.0", "0.5", "-0.5", "1.5", "2.5", "-2.5", "3.5", "0.1", "0.2", "0.3", "2.675", "1e-5", "1e-4", "0.00012345", "1e15", "1e16", "123456.789", "9999.995",
          "1e22", "1e100", "1e300", "1e308", "-1e308", "1.7976931348623157e308", "5e-324", "2.2250738585072014e-308", "9007199254740992.0", "9.223372036854776e18", "4.9e18", "1e-300",
          "3.141592653589793", "1e-10", "99.5", "0.999999999", "123456789012345.6", "float('inf')", "float('-inf')", "float('nan')", "math.pi", "math.inf", "math.nan", "1_0.5", "1.", ".5"]
STRINGS = ["''", "'a'", "'b'", "'ab'", "'hello'", "'Hello World'", "'a,b,,c'", "'  x y '", "\"it's\"", "'\\n\\t'", "'äöü'", "'123'", "'-1.5e3'", "'abcabc'", "'\\x00é'", "'ǅ'", "'ß'",
           "'e\\u0301'", "'é'", "'😀'", "'漢字'", "'a😀b'", "'ﬃ'", "'İ'", "'ΑΣ'", "'ΣΑΣ Σ'", "'ŉ'", "'\\u200b'", "'\\xad'", "'٣'", "'²'", "'½'", "'Ⅷ'", "'\\x1c'", "'\\x85'", "'\\u2028'",
           "'1_000'", "'0x1F'", "' 42 '", "'inf'", "'nan'", "'1e400'", "'{}'", "'%s'", "'a\\tb\\tc'", "'line1\\nline2\\r\\nline3'", "'aXbXc'", "'__x__'", "'\\\\'", "'\"'", "'\\'\"'",
           "'A1 b2'", "'MiXeD cAsE'", "'they\\'re bill\\'s'", "'aaa'", "'\\u0345'", "'ª'", "'𝔘'", "'\\ufeff'", "'\\U0001F468\\u200d\\U0001F469'", "'9223372036854775807'", "'+5'", "'--1'", "''''a'''", "r'\\d'", "'a' 'b'"]
STRINGS.remove("''''a'''")
FILLS = ["' '", "'*'", "'0'", "'é'", "'😀'", "''", "'ab'"]
MATH = ["sqrt", "exp", "exp2", "expm1", "log1p", "log2", "log10", "log", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "cbrt", "erf", "erfc",
        "fabs", "degrees", "radians", "gamma", "lgamma"]
STRING_TESTS = ["isalnum", "isalpha", "isascii", "isdecimal", "isdigit", "isidentifier", "islower", "isnumeric", "isprintable", "isspace", "istitle", "isupper"]
STRING_CHANGES = ["upper", "lower", "capitalize", "casefold", "swapcase", "title", "strip", "lstrip", "rstrip"]
CLASSES = ["int", "float", "bool", "str", "list", "tuple", "dict", "set", "(int, float)", "(str, list)", "range", "()"]

# What stands for a kind: (weight, template).
TEMPLATES = {
    "int": """
        1 sum($x for $x in «ints» if «bool|$x:int» if $x) | 1 len([$x for $x, $y in zip(«nums», «strs») if «bool|$x:num» and $y]) | 1 max(«nums», key=lambda $x: «num|$x:num», default=0) == 0 | 1 max(«ints», key=lambda $x: -$x, default=«int»)
        1 min((«int», «int», «int»), key=abs) | 1 pow(«int», «small», «int») | 1 int(«float») | 1 int(round(«float», «places»)) | 1 (lambda $x, *$y, $z=«int»: $z + len($y))(«any», «any», $z=«int») | 1 «nested»[«small»].index(«num») | 1 sum(map(len, «nested»)) | 1 sum(sorted(«ints»)[«slice»])
        1 len(set(«str»)) | 1 len({$x: $y for $x, $y in zip(«strs», «nums»)}) | 1 divmod(«int», «int»)[0] | 1 sum([«int|$x:int,$y:int» for $x in «range» if $x for $y in «range» if «bool|$x:int,$y:int»]) | 1 max(«dict_nums», key=lambda $x: len($x)).count('a') | 1 int(«str», «base») | 1 int(str(«int»)) | 1 int(hex(«int»), 16)
        4 («int» + «int») | 3 («int» - «int») | 3 («int» * «int») | 3 («int» // «int») | 3 («int» % «int») | 1 («int» ** «power») | 1 («int» & «int») | 1 («int» | «int») | 1 («int» ^ «int»)
        1 («int» << «shift») | 1 («int» >> «shift») | 1 (-«int») | 1 (+«int») | 1 (~«int») | 1 abs(«int») | 1 int(«num») | 1 int(«str») | 1 int(«digits», «base») | 1 int('z1', «base»)
        1 round(«num») | 1 round(«int», «small») | 2 len(«any_list») | 1 len(«str») | 1 len(«dict») | 1 len(«set») | 1 len(«range») | 1 sum(«ints») | 1 sum(«ints», «int») | 1 sum(«bools»)
        1 max(«int», «int») | 1 min(«int», «int», «int») | 1 max(«ints») | 1 min(«ints», default=«int») | 1 ord(«char») | 1 ord(«str») | 1 hash_free | 1 math.floor(«num») | 1 math.ceil(«num»)
        1 math.trunc(«num») | 1 math.gcd(«int», «int») | 1 math.lcm(«int», «int») | 1 math.factorial(«small») | 1 math.comb(«count», «count») | 1 math.isqrt(«int») | 1 pow(«int», «power»)
        1 pow(«int», «count», «int») | 1 divmod(«int», «int»)[«small»] | 2 «ints»[«small»] | 1 «str».find(«str») | 1 «str».rfind(«str»«bounds») | 1 «str».count(«str»«bounds») | 1 «str».index(«str»)
        1 «str».rindex(«str») | 1 «ints».index(«int») | 1 «nums».count(«num») | 1 «tuple».count(«any») | 1 «tuple».index(«any») | 1 «range».index(«int») | 1 «range».count(«num») | 1 «range»[«small»]
        2 («int» if «bool» else «int») | 1 («int» and «int») | 1 («int» or «int») | 2 (lambda $x, $y=«int»: «int|$x:int,$y:int»)(«int») | 1 (lambda *$x: sum($x))(«int», «int»)
        1 (lambda $x, *, $y: «int|$x:int,$y:int»)(«int», $y=«int») | 1 («int»).bit_length() | 1 («int»).bit_count() | 1 sum(«int|$x:int» for $x in «ints») | 1 sum(1 for $x in «nums» if «bool|$x:num»)
        1 len([$x for $x in «any_list»]) | 1 max(«strs», key=len).count(«str») | 1 min(«ints», key=lambda $x: «num|$x:int») | 1 «bool» + «bool» | 1 (lambda: «int»)() | 1 (lambda $x: $x)(«int»)
        1 «counts».get(«key», «int») | 1 «counts»[«key»] | 1 math.prod(«ints») | 1 «nested»[«small»][«small»]
    """,
    "float": """
        1 float(f'{«plainfloat»:.3e}') | 1 float(str(«float»)) | 1 sum([«float», «float», «float»]) / 3 | 1 max(«floats», key=abs) | 1 round(«float», «small») + round(«float») | 1 pow(«float», «num») | 1 sum(«float|$x:num» for $x in «nums» if «bool|$x:num») | 1 min(«float», «float», key=lambda $x: -$x)
        4 («num» + «float») | 3 («float» - «num») | 4 («num» * «num») | 4 («num» / «num») | 3 («num» // «float») | 3 («float» % «num») | 2 («float» ** «exponent») | 1 (-«float») | 1 abs(«float»)
        2 float(«num») | 2 float(«str») | 2 round(«float», «small») | 1 round(«float», «places») | 3 math.«mathname»(«num») | 1 math.log(«num», «num») | 1 math.pow(«num», «num») | 1 math.atan2(«num», «num»)
        1 math.fmod(«num», «num») | 1 math.copysign(«num», «num») | 1 math.hypot(«num», «num») | 1 math.hypot(«num», «num», «num») | 1 math.fsum(«floats») | 1 math.dist([«num», «num»], [«num», «num»])
        1 math.modf(«num»)[«small»] | 1 math.prod(«floats») | 2 sum(«floats») | 1 sum(«nums», «float») | 1 max(«floats») | 1 min(«float», «float») | 2 «floats»[«small»] | 2 («float» if «bool» else «float»)
        1 («float» or «float») | 2 (lambda $x, $y=«float»: «float|$x:float,$y:float»)(«float») | 1 divmod(«num», «float»)[«small»] | 1 pow(«float», «exponent») | 1 sum(«float|$x:float» for $x in «floats»)
        1 (lambda $x: $x)(«float») | 1 (lambda $x: $x * 0.5 ** math.floor($x / 10))(«num») | 1 «int» / «int» | 1 max(«nums», default=«float») | 1 math.fabs(«num»)
    """,
    "bool": """
        2 («num» «comparison» «num» «comparison» «num» «comparison» «num») | 1 («num» in «nums» in [«bool»]) | 1 («int» == «int» != «float») | 1 all(«bool|$x:num,$y:num» for $x in «nums» for $y in «nums» if $x) | 1 any(1 / $x > «float» for $x in «nums») | 1 all($x and «bool|$x:any» for $x in «any_list»)
        1 («str» < «str» <= «str») | 1 (not «num» < «num») | 1 («tuple» in [«tuple», «tuple»]) | 1 «set».issubset(«any_list») | 1 «set».issuperset(«any_list») | 1 «set».isdisjoint(«any_list») | 1 set(«str») <= set(«str») | 1 («dict».keys() == «dict».keys()) | 1 («key» in «dict».keys()) | 1 («num» in «dict».values())
        4 («num» «comparison» «num») | 2 («num» «comparison» «num» «comparison» «num») | 1 («str» «comparison» «str») | 1 («nums» «comparison» «nums») | 1 («any» == «any») | 1 («any» != «any»)
        1 («tuple» «comparison» «tuple») | 1 («set» «comparison» «set») | 1 («dict» == «dict») | 1 («range» == «range») | 2 (not «any») | 2 («bool» and «bool») | 2 («bool» or «bool») | 1 bool(«any»)
        2 («num» in «nums») | 1 («str» in «str») | 1 («num» not in «tuple») | 1 («key» in «dict») | 1 («num» in «set») | 1 («num» in «range») | 1 («any» is None) | 1 («any» is not None) | 1 any(«any_list»)
        1 all(«any_list») | 1 any(«bool|$x:num» for $x in «nums») | 1 all(«bool|$x:num» for $x in «nums») | 1 isinstance(«any», «class») | 2 «str».«stringtest»() | 1 «char».«stringtest»()
        1 «str».startswith(«str») | 1 «str».endswith(«str»«bounds») | 1 «str».startswith((«str», «str»)) | 1 math.isnan(«num») | 1 math.isinf(«num») | 1 math.isfinite(«num») | 1 math.isclose(«num», «num»)
        1 math.isclose(«num», «num», rel_tol=«float», abs_tol=«float») | 1 «set».issubset(«set») | 1 «set».issuperset(«ints») | 1 «set».isdisjoint(«nums») | 1 («bool» & «bool») | 1 («bool» | «bool»)
        1 («bool» ^ «bool») | 1 callable(«any») | 1 («float»).is_integer() | 1 (lambda $x: «bool|$x:num»)(«num») | 1 type(«any») == «oneclass» | 1 («bool» if «bool» else «bool») | 1 sorted(«set») == «nums»
        1 (lambda $x: $x)(«bool»)
    """,
    "str": """
        2 f'{«plain»!r:>{«width»}}' | 1 f'{«plain»:«fillchar»«align»{«width»}}' | 2 f'{«plainfloat»:{«width»}.{«precision»}«floattype»}' | 2 f'{«plainint»:«intformat»}' | 1 f'{{{«plain»}}}' | 1 f'{«plain»=}' | 1 f'{«plain» = !s:^20}' | 1 f'{"é"!a:>12}' | 1 f'{«plain»!s}{«plain»!a}'
        2 format(«int», '«intformat»') | 2 format(«float», '«floatformat»') | 1 '«floatformat2»'.format(«float») | 1 '{:{}{}{}}'.format(«num», '«fillchar»', '«align»', «width») | 1 '{0!r:>{1}} {2}'.format(«any», «width», «any») | 1 '{a[0]}{b}'.format(a=«nums», b=«any») | 1 '{:>{w}.{p}f}|{:,}'.format(«float», «int», w=«width», p=«precision»)
        1 '%«percentflags»«percentwidth»d' % «int» | 1 '%«percentflags»«percentwidth».«precision»f' % «num» | 1 '%(x)s %(y)r' % {'x': «any», 'y': «any»} | 1 ', '.join(f'{$x}={$y}' for $x, $y in «dict».items()) | 1 ' '.join($x.capitalize() for $x in «str».split()) | 1 ''.join(reversed(«str»)) | 1 ''.join(sorted(«str»))
        1 sorted(«strs», key=str.lower)[0] | 1 ''.join(map(str.upper, «strs»)) | 1 max(«strs», key=len, default='none') | 1 «str».split(«str», 1)[-1] | 1 str(«float»).rjust(«width», '0') | 1 «str»[«slice»][::-1] | 1 repr({«key»: [«any», («any»,)]}) | 1 str(round(«float», «places»)) | 1 «str».title().swapcase()
        3 («str» + «str») | 1 («str» * «small») | 1 («small» * «str») | 3 str(«any») | 3 repr(«any») | 1 ascii(«any») | 3 «str».«stringchange»() | 1 «str».«strip»(«str») | 2 «str»[«small»] | 2 «str»[«slice»]
        1 «str».replace(«str», «str») | 1 «str».replace(«str», «str», «small») | 2 «str».join(«strs») | 1 «str».join(str($x) for $x in «nums») | 1 «str».center(«width») | 1 «str».ljust(«width», «fill»)
        1 «str».rjust(«width», «fill») | 1 «str».center(«width», «fill») | 1 «str».zfill(«width») | 1 «str».expandtabs(«width») | 1 «str».expandtabs() | 1 «str».removeprefix(«str») | 1 «str».removesuffix(«str»)
        1 chr(«codepoint») | 1 bin(«int») | 1 oct(«int») | 1 hex(«int») | 1 type(«any»).__name__ | 3 format(«num», «spec») | 1 format(«str», «spec») | 4 «fstring» | 3 «percent» | 3 «strformat»
        2 («str» if «bool» else «str») | 1 («str» or «str») | 1 max(«strs») | 1 min(«strs», key=len) | 1 «strs»[«small»] | 2 (lambda $x: «str|$x:str»)(«str») | 1 (lambda $x: $x)(«str») | 1 str()
    """,
    "nums": """
        1 [$x for $x in «nums» if «bool|$x:num» if $x] | 1 [$x * $y for $x in «nums» if $x for $y in «nums» if «bool|$x:num,$y:num»] | 1 sorted(«nums», key=lambda $x: (-$x, $x)) | 1 list(map(max, «nums», «nums»)) | 1 [$y for $x in «nested» for $y in $x if «bool|$y:num»] | 1 list(map(pow, «nums», «ints»)) | 1 [*reversed(«nums»)]
        1 (lambda *$x, $y=«num»: [$y, *$x])(*«nums») | 1 [max($x, «num») for $x in «nums»] | 1 [round($x, 2) for $x in «floats»] | 1 sorted(«nums», reverse=«bool», key=lambda $x: «num|$x:num») | 1 [divmod($x, «num»)[1] for $x in «nums»] | 1 [min(«nums»), max(«nums»)] | 1 [sum($x) for $x in «nested»]
        4 [«num», «num»] | 3 [«num», «num», «num»] | 1 [] | 1 («nums» + «nums») | 1 («nums» * «small») | 2 sorted(«nums») | 1 sorted(«nums», reverse=True) | 1 sorted(«nums», key=lambda $x: «num|$x:num»)
        1 sorted(«nums», key=abs) | 2 «nums»[«slice»] | 2 [«num|$x:num» for $x in «nums»] | 1 [$x for $x in «nums» if «bool|$x:num»] | 1 list(map(lambda $x: «num|$x:num», «nums»)) | 1 list(reversed(«nums»))
        1 list(filter(lambda $x: «bool|$x:num», «nums»)) | 1 list(filter(None, «nums»)) | 1 [*«nums», «num»] | 1 list(«tuple_nums») | 1 [«num|$x:num,$y:num» for $x in «nums» for $y in «nums»] | 1 «ints» | 1 «floats»
        1 list(map(lambda $x, $y: «num|$x:num,$y:num», «nums», «nums»)) | 1 [«num|$x:num,$y:int» for $y, $x in enumerate(«nums»)] | 1 list(divmod(«num», «num»)) | 1 list(dict(zip(«keys», «nums»)).values())
        1 [$x if «bool|$x:num» else «num» for $x in «nums»] | 1 «nums».copy() | 1 list(«dict_nums».values())
    """,
    "ints": """
        4 [«int», «int»] | 3 [«int», «int», «int»] | 1 [] | 3 list(«range») | 2 [«int|$x:int» for $x in «range»] | 1 «ints»[«slice»] | 1 sorted(«ints») | 1 («ints» + «ints») | 1 [len($x) for $x in «strs»]
        1 [$x // «int» for $x in «ints»] | 1 [«int|$x:int» for $x in «ints» if «bool|$x:int»] | 1 sorted(«set_ints») | 1 [ord($x) for $x in «str»] | 1 list(«counts».values()) | 1 [*«range», *«ints»]
    """,
    "floats": """
        4 [«float», «float»] | 3 [«float», «float», «float»] | 1 [] | 1 [float($x) for $x in «ints»] | 1 [«float|$x:int» for $x in «range»] | 1 «floats»[«slice»] | 1 [0.1] * «count» | 1 list(math.modf(«float»))
        1 [$x / «num» for $x in «nums»] | 1 sorted(«floats»)
    """,
    "bools": "3 [«bool», «bool»] | 1 [«bool»] | 1 [] | 1 [«bool|$x:num» for $x in «nums»]",
    "strs": """
        4 [«str», «str»] | 2 [«str», «str», «str»] | 1 [] | 2 «str».split() | 2 «str».split(«str») | 1 «str».split(«str», «small») | 1 «str».split(None, «small») | 1 «str».rsplit(«str», «small») | 1 «str».rsplit()
        1 «str».rsplit(None, «small») | 1 «str».rsplit(maxsplit=«small») | 1 «str».splitlines() | 1 «str».splitlines(True) | 1 list(«str») | 1 sorted(«strs») | 1 [«str|$x:str» for $x in «strs»] | 1 [str($x) for $x in «nums»]
        1 list(«str».partition(«str»)) | 1 list(«str».rpartition(«str»)) | 1 list(«dict_strs») | 1 [$x for $x in «str» if «bool|$x:str»] | 1 sorted(«strs», key=len, reverse=«bool») | 1 list(reversed(«str»))
        1 list(map(str, «nums»)) | 1 [f'{$x}' for $x in «nums»] | 1 «strs»[«slice»] | 1 list(map(repr, «any_list»))
    """,
    "any_list": """
        1 sorted(«dict».items(), key=lambda $x: str($x)) | 1 [$x for $x in zip(«range», reversed(«strs»))] | 1 list(zip(«strs», «nums», «range»)) | 1 [[$x for $x in $y if $x] for $y in «nested»] | 1 [(lambda $x=$x: $x * 2)() for $x in «nums»] | 1 sorted(zip(«nums», «strs»), reverse=True) | 1 [{$x for $x in $y} for $y in «nested»]
        1 list(enumerate(zip(«nums», «strs»))) | 1 [isinstance($x, «class») for $x in «any_list»] | 1 [type($x).__name__ for $x in «any_list»] | 1 list(«dict».keys()) | 1 [$x for $x in («tuple», «any»)] | 1 [*«dict», *«set_ints»] | 1 [$x if $x else None for $x in «any_list»]
        3 «nums» | 2 «strs» | 2 [«any», «any»] | 1 [«any», «any», «any»] | 1 list(zip(«nums», «strs»)) | 1 list(enumerate(«strs», «small»)) | 1 list(enumerate(«any_list», start=«small»)) | 1 list(«dict».items()) | 1 list(«dict»)
        1 [($x, «any|$x:num») for $x in «nums»] | 1 «nested» | 1 list(«tuple») | 1 [[«num|$x:num,$y:num» for $y in «nums»] for $x in «nums»] | 1 list(zip(«nums», «nums», strict=True)) | 1 [$x for $x in «nested» for $x in $x]
        1 «any_list»[«slice»] | 1 list(zip(*«nested»)) | 1 [{$x: «any|$x:num»} for $x in «ints»] | 1 sorted(«any_list», key=str) | 1 sorted(«any_list») | 1 [*«tuple», *«strs»] | 1 list(range(«small»))
        1 [$x + $y for $x, $y in zip(«nums», «nums»)] | 1 [($x, $y) for ($x, $y) in «dict».items()] | 1 [$y for $x, *$y in [«nums», «nums»]]
    """,
    "nested": "2 [«nums», «nums»] | 1 [[«int»], [«int», «int»]] | 1 [] | 1 [[«int|$x:int,$y:int» for $x in range(«small»)] for $y in range(«small»)]",
    "tuple": """
        2 () | 3 («any»,) | 3 («num», «str») | 2 («num», «num», «any») | 1 tuple(«any_list») | 1 divmod(«num», «num») | 1 «str».partition(«str») | 1 «tuple»[«slice»] | 1 («tuple» + «tuple») | 1 («tuple» * «small»)
        1 tuple(«num|$x:num» for $x in «nums») | 1 (*«nums», «any») | 1 tuple(sorted(«nums»)) | 1 (lambda *$x: $x)(*«nums») | 1 (lambda $x, /, $y=«any», *, $z=«num»: ($x, $y, $z))(«any», $z=«num») | 1 («num», («str», «nums»))
        1 math.modf(«num») | 1 (lambda *$x, **$y: ($x, $y))(«any», k=«any») | 1 max(zip(«nums», «strs»)) | 1 (lambda $x, $y: ($y, $x))($y=«any», $x=«any»)
    """,
    "tuple_nums": "2 («num», «num») | 1 («num»,) | 1 () | 1 tuple(«nums»)",
    "dict": """
        1 {} | 3 «dict_nums» | 2 {«key»: «any»} | 2 {«key»: «any», «key»: «any»} | 2 {$x: «any|$x:num» for $x in «nums»} | 1 {«key|$x:num,$y:int»: $x for $y, $x in enumerate(«nums»)} | 1 dict(zip(«keys», «any_list»)) | 1 dict(a=«any», b=«any»)
        1 {**«dict», «key»: «any»} | 1 («dict» | «dict») | 1 dict(«dict», c=«num») | 1 dict([(«key», «any»), («key», «any»)]) | 1 {$x: $y for $x, $y in «dict».items() if «bool»} | 1 {str($x): $y for $x, $y in «dict».items()} | 1 «dict».copy()
        1 {$x: len($x) for $x in «strs»} | 1 (lambda **$x: $x)(a=«num», **{'b': «any»}) | 1 dict(enumerate(«any_list»)) | 1 {$y: $x for $x, $y in zip(«nums», «strs»)} | 1 {**{'a': 1}, **«dict»}
    """,
    "dict_nums": "2 {«key»: «num»} | 2 {«key»: «num», «key»: «num»} | 1 {$x: «num|$x:int» for $x in «range»} | 1 dict(zip(«strs», «nums»))",
    "dict_strs": "2 {«str»: «any»} | 1 {«str»: «num», «str»: «num»} | 1 {$x: 1 for $x in «strs»} | 1 dict.fromkeys_free",
    "counts": "2 {'a': «int», 'b': «int»} | 1 {0: «int», 1: «int», 'x': «int»} | 1 {«key»: «int», «key»: «int»} | 1 {$x: $x * 2 for $x in range(«small»)}",
    "set": """
        1 set() | 3 {«num», «num»} | 2 {«str», «num»} | 2 set(«nums») | 1 set(«strs») | 1 {«num|$x:num» for $x in «nums»} | 1 («set» | «set») | 1 («set» & «set») | 1 («set» - «set») | 1 («set» ^ «set») | 1 «set».union(«nums»)
        1 «set».intersection(«nums», «set») | 1 «set».difference(«nums») | 1 «set».symmetric_difference(«nums») | 1 set(«str») | 1 {$x % 3 for $x in «ints»} | 1 {*«nums», «num»} | 1 «set».copy()
    """,
    "set_ints": "2 {«int», «int»} | 1 set(«ints») | 1 {$x % 5 for $x in «ints»} | 1 set(«range»)",
    "range": "3 range(«small») | 2 range(«small», «small») | 2 range(«small», «small», «small») | 1 range(«small», «count», 2) | 1 range(«count»)[«slice»] | 1 range(10, 0, -3)",
    "keys": "1 «strs» | 1 «ints» | 1 [«key», «key»]",
    "any_leaf": "1 «num» | 1 «str»",
}
# What has no templates: chosen among texts.
SMALL = ["0", "1", "2", "3", "-1", "-2", "-3", "4", "5", "6", "-5"]
CHOICES = {
    "small": SMALL, "count": ["0", "1", "2", "3", "4", "5", "10", "-1", "20"], "width": ["0", "1", "3", "5", "8", "12", "-1", "6", "7"], "fill": FILLS,
    "power": ["0", "1", "2", "3", "4", "5", "10", "20", "62", "63", "64", "-1", "-2", "True"], "exponent": ["0", "1", "2", "3", "-1", "-2", "0.5", "-0.5", "2.0", "3.0", "1e3", "0.0", "float('inf')", "float('nan')", "1/3"],
    "shift": ["0", "1", "2", "8", "31", "32", "62", "63", "64", "100", "-1"], "base": ["2", "8", "10", "16", "36", "0", "1", "37", "-1"],
    "digits": ["'0'", "'101'", "'ff'", "'-0xff'", "'0b11'", "'0o17'", "'1_0'", "'_1'", "'1__0'", "' 7 '", "''", "'zz'", "'+z'", "'0x'", "'09'", "'00'", "'1.5'", "'٣'", "'99999999999999999999'"],
    "places": ["0", "1", "2", "3", "5", "10", "15", "17", "20", "308", "323", "400", "-1", "-2", "-5", "-308", "-400", "None"], "comparison": ["<", "<=", "==", "!=", ">", ">="], "mathname": MATH,
    "stringtest": STRING_TESTS, "stringchange": STRING_CHANGES, "strip": ["strip", "lstrip", "rstrip"], "class": CLASSES, "oneclass": ["int", "float", "bool", "str", "list", "tuple", "dict", "set"],
    "char": ["'a'", "'Z'", "'5'", "' '", "'é'", "'ß'", "'😀'", "'漢'", "'\\n'", "'٣'", "'²'", "'½'", "'ǅ'", "'_'", "'Ⅷ'", "'\\u0301'", "'\\x1f'", "'\\xa0'", "'ª'", "'ʰ'", "'ⓐ'", "'\\x00'"],
    "codepoint": ["65", "97", "228", "8364", "128512", "0", "31", "127", "160", "0x301", "-1", "1114112", "0x10ffff", "«int»"], "bounds": ["", "", "", ", «small»", ", «small», «small»", ", None, «small»"],
    "key": ["'a'", "'b'", "'x'", "''", "0", "1", "2", "-1", "1.0", "True", "False", "None", "(1, 2)", "'é'", "0.5", "0.0", "-0.0", "«num»", "«str»", "()", "(«num», «str»)"],
    "align": ["<", ">", "^", "=", ""], "fillchar": ["*", "0", "é", "_", "x", "😀"], "precision": ["0", "1", "2", "3", "6", "12", "17", "-1"], "floattype": ["f", "e", "g", "%", "", "G", "E", "n", "F"],
    "intformat": ["d", ",", "_", "+d", " d", "05", "x", "#x", "#X", "o", "#o", "b", "#b", "08b", "_b", "_x", "#_b", "n", "c", "e", ".2f", "%", "^9", "*<9,d", "=+9", "0=9", "010,", "+,.1f", "g", ".3g", ">08_d", ",x", ".2d", "z", "-5", "#06x", "<+#10o"],
    "floatformat": ["f", ".0f", ".1f", ".3f", "+.2e", "e", "E", "g", ".3g", "#g", "#.0f", "%", ".1%", ",", ",.2f", "_.1f", "010.3f", "+010.2f", "*^12.2f", "=+12.1f", "n", ".4n", "", ".3", "10.4", " g", "z.1f", "z.0%", "-", "012,.2f", "015_.3e", "#.3g", "d", "s", ".17g", ".0e", "#.0e", "G", ".30f", "F", "+,.0f", "08,.1f"],
    "floatformat2": ["{:.2f}", "{:>10.1f}", "{:<8g}|", "{:^+10.2e}", "{:,.3f}", "{:010.2f}", "{!r:>25}", "{!s:.4}", "{:%}", "{:n}"], "percentflags": ["", "", "-", "+", " ", "0", "#", "+-", "0+", "- "], "percentwidth": ["", "", "3", "8", "12"],
    "slice": ["«small»:«small»", "«small»:", ":«small»", "::«small»", ":", "«small»:«small»:«small»", "::-1", "None:«small»", "-100:100", "100:-100:-1", "9223372036854775807:", "::-9223372036854775807"],
}
ATOMS = {
    "int": INTS, "float": FLOATS, "bool": ["True", "False"], "str": STRINGS, "none": ["None"], "nums": ["[]", "[1, 2, 3]", "[0.5, -1, True]", "[3, 1, 2]"], "ints": ["[]", "[1, 2, 3]", "[5, -3, 0, 5]"],
    "floats": ["[]", "[0.1, 0.2, 0.3]", "[1e16, 1.0, -1e16]", "[-0.0, 0.0]", "[float('nan'), 1.0]", "[float('inf'), float('-inf')]"], "bools": ["[]", "[True, False]"], "strs": ["[]", "['a', 'b']", "['b', 'A', 'é', '']"],
    "any_list": ["[]", "[1, 'a', None]", "[[1], [2, 3]]", "[(1, 2), (3, 4)]"], "nested": ["[[1, 2], [3]]", "[]", "[[]]"], "tuple": ["()", "(1,)", "(1, 'a')", "(1, 2.0, None)"], "tuple_nums": ["()", "(1, 2)"],
    "dict": ["{}", "{'a': 1}", "{'a': 1, 'b': [2]}", "{1: 'x', 2.5: None}", "{(1, 2): 3}"], "dict_nums": ["{}", "{'a': 1, 'b': 2.5}"], "dict_strs": ["{'a': 1, 'b': 2}"], "counts": ["{'a': 1, 'b': 2}"],
    "set": ["set()", "{1, 2, 3}", "{'a', 1}", "{0.5}"], "set_ints": ["{1, 2, 3}", "set()"], "range": ["range(3)", "range(0)", "range(5, 0, -2)", "range(-3, 9, 4)"], "keys": ["['a', 'b']", "[1, 2]"], "any_leaf": ["1", "'a'"],
}
MIXED = {"num": ["int", "int", "int", "float", "float", "float", "bool"], "any": ["int", "float", "bool", "str", "none", "nums", "strs", "any_list", "tuple", "dict", "range", "set_one"], "set_one": ["set_one"]}
NUMERIC = {"int", "bool", "float", "num"}


def parse_templates(text):
    found = []
    for part in re.split(r"\n\s*| \| (?=\d+ )", text.strip()):
        weight, _, template = part.strip().partition(" ")
        if "_free" not in template: found.append((int(weight), template))
    return [weight for weight, _ in found], [template for _, template in found]


TABLES = {kind: parse_templates(text) for kind, text in TEMPLATES.items()}


class Maker:
    """Makes expressions from one source of random numbers."""

    def __init__(self, rng):
        self.rng = rng
        self.names = 0

    def expression(self):
        """An expression of any kind, and the text that both languages read."""
        self.names = 0
        kind = self.rng.choice(["int", "int", "float", "float", "bool", "bool", "str", "str", "str", "nums", "strs", "any_list", "tuple", "dict", "set", "range"])
        return self.make(kind, {}, self.rng.choice([0, 1, 1, 2, 2, 3]))

    def make(self, kind, variables, depth):
        rng = self.rng
        if kind in CHOICES: return self.fill(rng.choice(CHOICES[kind]), variables, depth - 1)
        # Now and then what does not belong there: the class of the error is the answer.
        if rng.random() < 0.015: kind = rng.choice(list(ATOMS))
        if kind == "set_one": return rng.choice(["{1}", "{'a'}", "set()", "{(1, 2)}"])
        if kind in MIXED: kind = rng.choice(MIXED[kind])
        if kind == "set_one": return rng.choice(["{1}", "{'a'}", "set()", "{(1, 2)}"])
        if kind in ("plain", "plainint", "plainfloat"): return self.plain(variables, depth, {"plainint": ["int"], "plainfloat": ["float"]}.get(kind))
        if kind in ("fstring", "percent", "strformat", "spec"): return getattr(self, kind)(variables, depth)
        fitting = [name for name, of in variables.items() if of == kind or of == "num" and kind in NUMERIC or kind == "float" and of == "int"]
        if fitting and rng.random() < 0.6: return rng.choice(fitting)
        if depth <= 0 or kind not in TABLES or rng.random() < 0.12:
            text = rng.choice(ATOMS[kind])
            if kind == "int" and rng.random() < 0.3: text = str(rng.randint(-20, 20))
            if kind == "float" and rng.random() < 0.25: text = repr(rng.choice([rng.uniform(-10, 10), rng.uniform(-1, 1) * 10 ** rng.randint(-12, 20), rng.randint(-999, 999) / 8]))
            return text
        weights, templates = TABLES[kind]
        return self.fill(rng.choices(templates, weights)[0], variables, depth - 1)

    def fill(self, template, variables, depth):
        fresh = {}
        for name in dict.fromkeys(re.findall(r"\$([a-z])", template)):
            self.names += 1
            fresh[name] = f"{name}{self.names}"
        template = re.sub(r"\$([a-z])", lambda match: fresh[match.group(1)], template)

        def hole(match):
            kind, _, more = match.group(1).partition("|")
            known = dict(variables)
            for pair in filter(None, more.split(",")):
                name, _, of = pair.partition(":")
                known[name] = of
            return self.make(kind, known, depth)

        return HOLE.sub(hole, template)

    def plain(self, variables, depth, kinds=None):
        """An expression that may stand in the braces of an f-string: without quotes, backslashes and braces."""
        for _ in range(6):
            text = self.make(self.rng.choice(kinds or ["num", "num", "num", "nums", "tuple_nums", "bool"]), variables, min(depth, 1))
            if not any(mark in text for mark in "'\"\\{}!:=#"): return text
        return str(self.rng.randint(-50, 2000))

    def spec(self, variables, depth):
        return repr(self.format())

    def format(self):
        """A format of the mini-language, mostly right."""
        rng = self.rng
        spec = rng.choice(["", "", rng.choice("*_ x0é😀=")])
        spec = spec + rng.choice("<>^=") if spec or rng.random() < 0.4 else ""
        spec += rng.choice(["", "", "", "+", " ", "-"]) + rng.choice(["", "", "", "", "z"]) + rng.choice(["", "", "", "#"]) + rng.choice(["", "", "0"])
        spec += rng.choice(["", str(rng.randint(1, 24))]) + rng.choice(["", "", "", ",", "_"]) + rng.choice(["", "", f".{rng.choice([0, 0, 1, 2, 3, 4, 6, 10, 15, 17, 20])}"])
        return spec + rng.choice(["", "", "d", "f", "f", "g", "e", "%", "n", "s", "x", "b", "o", "X", "G", "E", "F", "c", "r"])

    def fstring(self, variables, depth):
        rng, parts = self.rng, []
        for _ in range(rng.randint(1, 3)):
            parts.append(rng.choice(["", "", "a", " ", "é", "{{", "}}", "😀", "%", ": "]))
            value = self.plain(variables, depth)
            conversion = rng.choice(["", "", "", "!r", "!s", "!a"])
            kind = rng.randrange(6)
            if kind == 0: spec = ""
            elif kind == 1: spec = f":{{{rng.randint(0, 12)}}}.{{{rng.randint(0, 6)}}}{rng.choice('fge%s')}"
            elif kind == 2: spec = f":{rng.choice('<>^')}{{{rng.randint(0, 12)}}}"
            else: spec = ":" + self.format().replace("{", "").replace("}", "")
            if any(mark in spec for mark in "'\"\\"): spec = ""
            parts.append(f"{{{rng.choice(['', '', ' '])}{value}{rng.choice(['', '', '', '=']) if not conversion else ''}{conversion}{spec}}}")
        return "f'" + "".join(parts) + "'"

    def percent(self, variables, depth):
        rng = self.rng

        def field(name=""):
            text = "%" + name + rng.choice(["", "", "", "-", "+", " ", "0", "#", "-0", "+0"]) + rng.choice(["", "", str(rng.randint(1, 12))]) + rng.choice(["", "", f".{rng.randint(0, 8)}", "."])
            return text + rng.choice("ddisrafgeGEFxXouc")

        def value():
            return self.make(rng.choice(["num", "num", "num", "str", "any"]), variables, min(depth, 1))

        if rng.random() < 0.2: return f"'{field('(a)')} {field('(b)')}' % {{'a': {value()}, 'b': {value()}}}"
        if rng.random() < 0.15: return f"'%*d|%-*.*f' % ({rng.randint(-8, 8)}, {value()}, {rng.randint(-8, 8)}, {rng.randint(-1, 5)}, {value()})"
        if rng.random() < 0.3: return f"'{rng.choice(['', 'x=', '100%% '])}{field()}' % {value()}"
        fields = rng.randint(1, 3)
        given = fields if rng.random() < 0.93 else rng.randint(0, 3)
        return f"'{rng.choice(['|', ' ', ', ', '%%']).join(field() for _ in range(fields))}' % ({''.join(value() + ', ' for _ in range(given))})"

    def strformat(self, variables, depth):
        rng = self.rng

        def value():
            return self.make(rng.choice(["num", "num", "str", "any"]), variables, min(depth, 1))

        def spec():
            return rng.choice(["", "", ":" + self.format().replace("{", "").replace("}", "").replace("'", ""), "!r", "!s:>8", "!a", "!r:^{w}", ":{w}", ":>{w}.{p}"])

        shape = rng.randrange(6)
        common = f"w={rng.randint(0, 12)}, p={rng.randint(0, 5)}"
        if shape == 0: return f"'{{{spec()}}} {{{spec()}}}'.format({value()}, {value()}, {common})"
        if shape == 1: return f"'{{1{spec()}}}{{0{spec()}}}{{1}}'.format({value()}, {value()}, {common})"
        if shape == 2: return f"'{{name{spec()}}}|{{{spec()}}}'.format({value()}, name={value()}, {common})"
        if shape == 3: return f"'{{0[{rng.choice(['0', '1', 'a', '-1', '5'])}]{spec()}}}'.format({self.make(rng.choice(['nums', 'tuple', 'dict', 'counts']), variables, 1)}, {common})"
        if shape == 4: return f"'{rng.choice(['{{{}}}', '{', '}', '{0}{}', '{:{}}', '{:{}.{}f}', '{x}', '{2}', '{!x}', '{:{:}}', '{0.real}', '{a[b]}'])}'.format({value()}, {value()}, {rng.randint(0, 6)})"
        return f"'{{:{{}}}}'.format({value()}, {self.format()!r})"
