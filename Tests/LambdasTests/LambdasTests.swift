import Diagnostics
import Syntax
import Testing

@testable import Lambdas

@Suite struct ExpressionTests {
  @Test(arguments: [
    ("1 + 2 * 3", "7"), ("7 // -2", "-4"), ("-7 % 3", "2"), ("2 ** -1", "0.5"), ("1 / 3", "0.3333333333333333"),
    ("[x * x for x in range(5) if x % 2]", "[1, 9]"), ("{k: v for k, v in zip('ab', [1, 2])}", "{'a': 1, 'b': 2}"),
    ("f'{3.14159:.2f} {1234567:,} {\"a\"!r:>5}'", "\"3.14 1,234,567   'a'\""),
    ("sorted([3, 1, 2], key=lambda x: -x)", "[3, 2, 1]"),
    ("(lambda a, b=2: a + b)(1)", "3"), ("[(lambda: i)() for i in range(3)]", "[0, 1, 2]"), ("1 if [] else 2.5", "2.5"),
    ("'%05.1f|%-4d|%s' % (3.14159, 7, [1])", "'003.1|7   |[1]'"), ("sum(x for x in [0.1] * 10)", "1.0"),
    ("max([1, 5, 3]), min(2.0, 1)", "(5, 1)"),
    ("None or 'x'", "'x'"), ("0 and 1/0", "0"), ("1 < 2 < 3 > 0", "True"), ("not (1 == 1.0)", "False"), ("'a' in 'cat'", "True"),
    ("[1, 2, 3, 4][1:-1]", "[2, 3]"), ("'hello'[::-1].upper()", "'OLLEH'"), ("math.floor(2.7) + floor(-2.5)", "-1"),
    ("'{:>8.3f}|{name}'.format(2.5, name='x')", "'   2.500|x'"), ("[*range(3), *'ab']", "[0, 1, 2, 'a', 'b']"),
    ("{**{'a': 1}, 'b': 2}", "{'a': 1, 'b': 2}"), ("dict(a=1, b=2)['b']", "2"), ("isinstance(True, int)", "True"),
    ("lambda x: x", "<function <lambda>>"), ("list(map(lambda x, y: x * y, [1, 2], [3, 4]))", "[3, 8]"),
    ("{1, 1.0, True}", "{1}"),
    ("np.arange(0.0, -1e5, 1.0).shape", "(0,)"), ("np.arange(0.0, -1e300, 1.0)", "ValueError: Maximum allowed size exceeded"),
    ("np.arange(0, -float(\"inf\"), 1)", "ValueError: Maximum allowed size exceeded"),
    ("np.arange(6).reshape(2, 3).sum(axis=0).tolist()", "[3, 5, 7]"), ("round(2.5), round(3.5), round(2.675, 2)", "(2, 4, 2.67)"),
    ("9223372036854775807 + 1", "OverflowError: the whole number does not fit 64 bits; use a float"),
    ("[1, 2][5]", "IndexError: list index out of range"), ("{'a': 1}['b']", "KeyError: 'b'"),
    ("1 / 0", "ZeroDivisionError: division by zero"),
  ])
  func gives(_ text: String, _ expected: String) { #expect(outcome(text) == expected) }

  @Test(arguments: [
    ("foo + 1", "unknown-name"), ("'a' + 1", "always-fails"), ("len(3)", "always-fails"), ("[1].apend(2)", "unknown-attribute"),
    ("round()", "missing-argument"), ("abs(1, 2)", "surplus-arguments"), ("sorted([1], revers=True)", "unknown-argument"),
    ("abs('x')", "wrong-argument"), ("3()", "not-callable"), ("[x for x in 5]", "not-iterable"), ("(1, 2)[2]", "always-fails"),
    ("math.flor(1)", "unknown-name"),
  ])
  func finds(_ text: String, _ name: String) {
    let found = outcome(text)
    #expect(found.hasPrefix("findings: \(name)"), "\(text): \(found)")
  }
}
