import Diagnostics
import Glibc
import Lambdas
import Plans
import Syntax

/// `train run FILE`: checks the script whole, then runs it statement by statement.
package func run(_ path: String, _ options: Options) -> ExitStatus {
  let terminal = Terminal(options)
  guard let session = Session(path, options, terminal) else { return terminal.status }
  guard session.check() else { return .mistakes }
  return session.run()
}

/// `train check FILE`: every finding, and the places that can be checked only when they are reached.
package func check(_ path: String, _ options: Options) -> ExitStatus {
  let terminal = Terminal(options)
  guard let session = Session(path, options, terminal) else { return terminal.status }
  guard session.check() else { return .mistakes }
  session.tellDeferred()
  return .done
}

/// `train plan FILE`: what the script means.
package func printPlan(_ path: String, _ options: Options) -> ExitStatus {
  let terminal = Terminal(options)
  guard let session = Session(path, options, terminal) else { return terminal.status }
  guard session.check() else { return .mistakes }
  terminal.write(session.planText)
  return .done
}

/// `train eval 'EXPR'`: the value as Python's `repr` shows it.
package func evaluate(_ expression: String, _ options: Options) -> ExitStatus {
  let terminal = Terminal(options)
  let session = Session(Source(name: "<expression>", text: expression), options, terminal)
  guard session.check() else { return .mistakes }
  return session.run(showsValues: true)
}

/// `train describe NAME`.
package func describe(_ name: String?, _ options: Options) -> ExitStatus {
  let terminal = Terminal(options)
  let style = TextStyle(isColored: options.color.applies(to: STDOUT_FILENO))
  guard let name else {
    terminal.write(Description.overview(of: standardCatalog, style: style))
    return .done
  }
  if let block = Description.text(ofBlock: name, style: style) {
    terminal.write(block)
    return .done
  }
  let texts =
    standardCatalog.entries(named: name).map { Description.text(of: $0, style: style) }
    + [Builtins.function(name)].compactMap { $0.map { Description.text(of: $0, style: style) } }
  guard !texts.isEmpty else {
    let known = standardCatalog.names.sorted() + BlockSettings.forms.map(\.name) + Builtins.names
    let nearest = Spelling.nearest(to: name, among: known)
    terminal.complain(
      "nothing is called `\(name)`" + (nearest.map { "; did you mean `\($0)`?" } ?? "; `train describe` lists what there is"))
    return .failed
  }
  terminal.write(texts.joined(separator: "\n"))
  return .done
}
