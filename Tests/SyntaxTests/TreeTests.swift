import Diagnostics
import Syntax
import Testing

@Suite struct Sameness {
  private func script(_ text: String) -> Script { parse(Source(name: "a.train", text: text)).script }

  @Test(arguments: [
    ("x = 0xff", "x   = 255  # the same"), ("x = 'a' \"b\"", "x = \"ab\""), ("x = 1.0e1", "x = 10.0"), ("x = (a)", "x = a"),
    ("x = f'{a}'", "x = f\"{a}\""), ("a; b", "a\nb\n"), ("x = (1, 2)", "x = 1, 2"), ("f(a,)", "f(\n  a\n)"),
    ("if a {b} elif c {d}", "if a {\n b\n} elif c {\n d\n}"),
  ])
  func isBlindToSpelling(a: String, b: String) {
    #expect(script(a).isSame(as: script(b)))
  }

  @Test(arguments: [
    ("x = 1", "x = 1.0"), ("x = 1", "y = 1"), ("x = (1,)", "x = 1"), ("x = True", "x = 1"), ("x = [1]", "x = {1}"),
    ("x = {}", "x = {1: 2}"), ("a - b - c", "a - (b - c)"), ("a and b and c", "a and (b and c)"), ("f(a=1)", "f(b=1)"),
    ("f(*a)", "f(**a)"), ("f(a)", "f(*a)"), ("lambda a: a", "lambda a=1: a"), ("lambda *a: a", "lambda **a: a"),
    ("a[1]", "a[1,]"), ("a[:1]", "a[1:]"), ("a.b", "a.c"), ("a < b < c", "(a < b) < c"), ("a is b", "a is not b"),
    ("x = 'a'", "x = f'a'"), ("f'{a}'", "f'{a!r}'"), ("f'{a}'", "f'{a:b}'"), ("f'{a=}'", "f'{a = }'"),
    ("[a for a in b]", "[a for a in b if a]"), ("{a for a in b}", "[a for a in b]"), ("a = b = c", "a = b"), ("a += 1", "a -= 1"),
    ("model a {}", "model a() {}"), ("model a {}", "callback a {}"), ("def f() = 1", "def f() { return 1 }"),
    ("fit a on b", "evaluate a on b"), ("fit a on b", "fit a on b {}"), ("save a to b", "save a to c"),
    ("expect a", "expect a, b"),
    ("if a {}", "if a {} else {}"), ("for a in b {}", "for a in b { pass }"), ("import a", "import a as b"),
    ("from a import b", "from a import c"), ("compile a {}", "compile b {}"), ("settings {}", "settings { seed = 1 }"),
  ])
  func seesDifferences(a: String, b: String) {
    #expect(!script(a).isSame(as: script(b)))
    #expect(script(a).isSame(as: script(a)) && script(b).isSame(as: script(b)))
  }
}

/// Trees that no `.train` text stands behind, as the YAML form makes them.
@Suite struct TreesFromElsewhere {
  private static let yaml = Source(name: "a.yaml", text: "steps:\n  - fit: m\n")
  private static let nowhere = SourceRange(yaml, 2, 9)

  private func expression(_ kind: Expression.Kind) -> Expression { Expression(kind, Self.nowhere) }
  private func name(_ text: String) -> Name { Name(text, Self.nowhere) }

  @Test func getLiteralsAndBlocks() {
    let text = expression(.string("say \"hi\"\n\u{1}\\{x}", written: ""))
    let field = FormattedField(
      value: expression(.name("x")), selfDocumenting: nil, conversion: .representation, format: [.text(">5")])
    let arguments = [
      Argument(.positional, expression(.integer(-3, written: ""))),
      Argument(.keyword(name("a")), expression(.float(0.1, written: ""))),
      Argument(.spread, expression(.list([expression(.float(1e-5, written: "")), expression(.float(3, written: ""))]))),
    ]
    let call = expression(.call(callee: expression(.name("f")), arguments: arguments))
    let power = expression(.binary(.power, expression(.integer(-2, written: "")), expression(.unary(.minus, call))))
    let assign = Statement(.assign(targets: [expression(.name("loss"))], value: .expression(text)), Self.nowhere)
    let settings = Block(statements: [assign], range: Self.nowhere)
    let run = Run(
      verb: .fit, model: expression(.name("m")), data: expression(.name("d")), settings: settings, range: Self.nowhere)
    let statements = [
      Statement(.expression(power), Self.nowhere),
      Statement(.expression(expression(.formatted([.text("{a}"), .field(field)], written: ""))), Self.nowhere),
      Statement(
        .assign(targets: [expression(.tuple([expression(.name("a")), expression(.name("b"))]))], value: .run(run)), Self.nowhere),
    ]
    let script = Script(source: Self.yaml, statements: statements)
    let form = printed(script)
    #expect(
      form == #"""
        (-2) ** -f(-3, a=0.1, *[1e-05, 3.0])
        f"{{a}}{x!r:>5}"
        a, b = fit m on d {
            loss = "say \"hi\"\n\x01\\{x}"
        }

        """#)
    let again = parse(Source(name: "a.train", text: form))
    #expect(rendered(again.findings) == "")
    #expect(again.script.isSame(as: script))
  }
}
