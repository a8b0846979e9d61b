import Diagnostics
import Glibc
import Lambdas
import Plans
import Syntax

/// `train run FILE`: checks the script whole, then runs it statement by statement.
package func run(_ path: String, _ options: Options) -> ExitStatus {
  let terminal = Terminal(options)
  guard let source = terminal.readSource(path) else { return terminal.status }
  return run(source, in: Session(.script, options, terminal))
}

/// `train check FILE`: every finding, and the places that can be checked only when they are reached.
package func check(_ path: String, _ options: Options) -> ExitStatus {
  let terminal = Terminal(options)
  guard let source = terminal.readSource(path) else { return terminal.status }
  guard let piece = Session(.script, options, terminal).check(source) else { return .mistakes }
  let places = piece.checked.deferred
  if !places.isEmpty {
    let others = places.count > 20 ? " and \(places.count - 20) more places" : ""
    terminal.note("checked when it is reached: " + places.prefix(20).map(\.place).joined(separator: ", ") + others)
  }
  return .done
}

/// `train plan FILE`: what the script means.
package func printPlan(_ path: String, _ options: Options) -> ExitStatus {
  let terminal = Terminal(options)
  guard let source = terminal.readSource(path) else { return terminal.status }
  guard let piece = Session(.script, options, terminal).check(source) else { return .mistakes }
  terminal.write(piece.checked.plan.description)
  return .done
}

/// `train eval 'EXPR'`: the value as Python's `repr` shows it.
package func evaluate(_ expression: String, _ options: Options) -> ExitStatus {
  let terminal = Terminal(options)
  let session = Session(.script, options, terminal) { value in
    // As at Python's prompt, None is not shown.
    if !value.isNone { terminal.write(Operations.representation(value) + "\n") }
  }
  return run(Source(name: "<expression>", text: expression), in: session)
}

/// A whole script from check to end.
private func run(_ source: Source, in session: Session) -> ExitStatus {
  guard let piece = session.check(source) else { return .mistakes }
  Signals.install()
  defer { session.tellProfile() }
  let status = session.run(piece)
  if status == .done { session.finish() }
  return status
}

/// `train describe NAME`.
package func describe(_ name: String?, _ options: Options) -> ExitStatus {
  let terminal = Terminal(options)
  let style = TextStyle(isColored: options.color.applies(to: STDOUT_FILENO))
  guard let name else {
    terminal.write(Description.overview(of: standardCatalog, style: style))
    return .done
  }
  guard let text = Description.text(for: name, style: style) else {
    let known = standardCatalog.names.sorted() + Description.words + Builtins.names
    let nearest = Spelling.nearest(to: name, among: known)
    terminal.complain(
      "nothing is called `\(name)`" + (nearest.map { "; did you mean `\($0)`?" } ?? "; `train describe` lists what there is"))
    return .failed
  }
  terminal.write(text)
  return .done
}

/// `train describe --markdown`: the whole catalog as a document, `grammar/catalog.md`.
package func describeAll(_ options: Options) -> ExitStatus {
  Terminal(options).write(CatalogDocument.text(of: standardCatalog))
  return .done
}
