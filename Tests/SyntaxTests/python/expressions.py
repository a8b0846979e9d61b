# One expression a line, of those that both languages read.
1 + 2 * 3 - 4 / 5 // 6 % 7 @ m
2 ** 3 ** 4
-2 ** 2
2 ** -1
-a ** -b ** c
~-+a
(a + b) * c
a | b ^ c & d << e + f * g
a << b >> c
not a == b
not not a and b or c and not d
a or b or c and d and e
a < b <= c != d
a in b not in c is d is not e
a if b else c if d else e
(a if b else c) if d else e
a or b if c and d else e or f
lambda: 0
lambda x: lambda y, z=1: x + y
lambda *a, **b: a
lambda a, b=1, /, c=2, *d, e, f=3, **g: a
lambda *, a, b=1: a
lambda a: a if a else b
a if b else lambda: c
a.b.c(d)(e)[f].g
a[1], a[1:2], a[:], a[::], a[::2], a[1:], a[:1], a[1:2:3], a[b:c, d, ...], a[(1, 2)], a[1,], a[-1]
a[lambda: 1:2]
a[*b], a[*b, 1]
()
(1,)
1,
1, 2
(a)
((a, b), c)
[], [1], [1,], [*a, 1, *b]
{}, {1: 2}, {1: 2,}, {**a}, {**a, 1: 2, **b}
{1}, {1, 2,}, {*a}
[x for x in y]
[x for x in y if a if b for z in w]
[(x, y) for x, y in z]
[x for x, in y]
[x for (x, (y, *z)) in w if x or y]
{x: y for x, y in z}
{x for x in y}
[[y for y in x] for x in z]
[x for x in a or b if not c]
f(), f(a), f(a,), f(*a), f(**a), f(a, *b, c, d=1, *e, f=2, **g, h=3)
f(x for x in y), f(g(x) for x in y if x)
f(lambda x: x, y=lambda: 0)
f(a)(b)(c)
0, 7, 00, 1_000, 0xff, 0XFF, 0o17, 0b101, 0x_f, 123456789012345678
1., .5, 1.5, 1e5, 1E-5, 1_0.5_0e1_0, 0.1, 1e400, 5e-324, 2.2250738585072014e-308, 123456789.123456789, 00.5, 1e0
'a', "a", '''a''', """a"b""", 'a"b', "a'b"
"\n\t\\\'\"\a\b\f\v\r"
"\x41\u00e9\U0001F642\101\0\7\08"
r"\n\"", R'\'', rf"\{a}\n", fR"{a}\d"
"a" 'b' "c"
"a" f"{b}" "c" f"d"
"é数🙂"
u"a"
f"", f"a", f"{a}", f"a{b}c{d}e"
f"{{a}}", f"{{{a}}}", f"{{}}"
f"{a!r}", f"{a!s:>10}", f"{a:{b}}", f"{a:{b}.{c}}", f"{a!a:{b}f}"
f"{a=}", f"{a = }", f"{a=!s}", f"{a=:>5}", f"{ a + b = }"
f"{a:%Y-%m-%d %H:%M}", f"{a:,}", f"{a:>{b + 1}}"
f"{a != b}", f"{a == b}", f"{a >= b}", f"{a <= b:5}"
f"{a, b}", f"{a,}", f"{*a, b}", f"{a if b else c}", f"{(lambda x: x)(1)}"
f"{a['b']}", f'{a["b"]}', f"{a["b"]}", f"{f"{f"{1}"}"}"
f"{ {1: 2}[1] }", f"{[x for x in y]}", f"{a[1:2]}", f"{f(b=1)}"
f'''a{b}"c{d}'e'''
f"\x41{a}\n\{b}"
f"{a:\x41>5}"
f"{a}" "{b}" f"{{{c}"
True, False, None, ...
(a)(b), (a)[b], (a).b, (1).b, 1.5.b, "a".b
"%s" % a, "a" * 3
a @ b @ c
a if not b else not c
a and (b or c)
not (a and b)
-(-a), - -a, +-~a
x_1, _x, größe, 变量, ñ
1if a else 2
