import Diagnostics
import Glibc
import Lambdas
import Plans
import Syntax
import Training

/// `train run FILE`: checks the script whole, then runs it statement by statement.
package func run(_ path: String, _ options: Options) -> ExitStatus {
  let terminal = Terminal(options)
  guard let source = terminal.readSource(path) else { return terminal.status }
  return run(source, in: Session(.script, options, terminal, decisionsPath: DecisionLog.path(ofScript: path)))
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
  guard let piece = Session(.script, options, terminal).check(source, isToRun: false) else { return .mistakes }
  terminal.write(piece.checked.plan.description)
  return .done
}

/// `train explain FILE`: what the script will cost and do, before it does anything.
package func explain(_ path: String, _ options: Options) -> ExitStatus {
  let terminal = Terminal(options)
  guard let source = terminal.readSource(path) else { return terminal.status }
  guard let piece = Session(.script, options, terminal).check(source, isToRun: false) else { return .mistakes }
  let style = TextStyle(isColored: options.color.applies(to: STDOUT_FILENO))
  terminal.write(Explanation(checked: piece.checked, style: style).text)
  return .done
}

/// How `train summary` shows tables.
package struct SummaryStyle {
  /// The width that was asked for; nil for that of the terminal.
  package var lineLength: Int?
  /// Whether layers of models within models have lines of their own.
  package var expandsNested: Bool
  /// Whether a column says what training changes.
  package var showsTrainable: Bool
  package init(lineLength: Int? = nil, expandsNested: Bool = false, showsTrainable: Bool = false) {
    self.lineLength = lineLength
    self.expandsNested = expandsNested
    self.showsTrainable = showsTrainable
  }
}

/// `train summary FILE`: Keras's table of the model in a file, or of each model that a script makes, which is checked and not run.
package func summarize(_ path: String, _ style: SummaryStyle, _ options: Options) -> ExitStatus {
  let terminal = Terminal(options)
  func show(_ model: ModelObject, optimizerNumbers: Int? = nil) {
    let columns = max(terminal.console.columns ?? 80, style.lineLength ?? 0)
    var summary = ModelSummary(model, columns: columns)
    summary.lineLength = style.lineLength
    summary.expandsNested = style.expandsNested
    summary.showsTrainable = style.showsTrainable
    summary.optimizerNumberCount = optimizerNumbers
    terminal.write(summary.text)
  }
  if FileEndings.holdsModel(path) || FileEndings.has(path, FileEndings.weights) {
    do throws(Failure) {
      let file = try summarizedModel(at: path, catalog: standardCatalog)
      show(file.model, optimizerNumbers: file.optimizerNumbers)
      return .done
    } catch {
      terminal.complain(error.message)
      return .failed
    }
  }
  guard let source = terminal.readSource(path) else { return terminal.status }
  guard let piece = Session(.script, options, terminal).check(source, isToRun: false) else { return .mistakes }
  guard !piece.checked.models.isEmpty else {
    terminal.complain("`\(path)` makes no model whose layers are known before it runs")
    return .failed
  }
  for (index, model) in piece.checked.models.enumerated() {
    if index > 0 { terminal.write("\n") }
    show(model)
  }
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
  if status == .done { session.finish(piece) }
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

/// `train describe --textmate`: `grammar/train.tmLanguage.json`.
package func printTextMateGrammar(_ options: Options) -> ExitStatus {
  Terminal(options).write(TextMateGrammar.text(of: standardCatalog))
  return .done
}

/// `train describe --schema`: `grammar/train.schema.json`.
package func printYAMLSchema(_ options: Options) -> ExitStatus {
  Terminal(options).write(YAMLSchema.text(of: standardCatalog))
  return .done
}
