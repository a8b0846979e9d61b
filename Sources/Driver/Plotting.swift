import Artifacts
import Lambdas
import Plans

/// `plot` and `lines`: a history, or lines of one's own, as an SVG file.
enum Plotting {
  static let entries = [plotEntry, linesEntry]

  // MARK: plot

  private static let what = Parameter<[Value]>(
    "what", "histories and what `lines` gives, one after the other or in a list; each is a panel or a row of panels", .rest(.any)
  ) {
    if case .list(let values) = $0 { values } else { nil }
  }
  private static let path = Parameter<String>("path", "the file to write, ending in `.svg`", .outputPath)
  private static let title = Parameter<String?>.optional(.init("title", "stands above the panels"))
  private static let columns = Parameter<Int>("columns", "how many panels stand beside each other", min: 1, max: 16, default: 1)

  private static let plotEntry = Entry(
    .function,
    Signature(
      "plot", "Draws a history, or lines, into an SVG file.",
      [what.description, path.description, title.description, columns.description], example: #"plot(history, path="curves.svg")"#),
    .function(
      FunctionTraits(
        giving: nil,
        forecast: { arguments throws(Failure) in
          if case .string(let path)? = arguments["path"] { try check(ending: path) }
          if case .list(let values)? = arguments["what"] { for value in values { _ = try panels(of: value) } }
          return .type(.none)
        },
        call: { arguments throws(Failure) in
          try check(ending: arguments[path])
          var panels: [Plot.Panel] = []
          for value in arguments[what] { panels += try Plotting.panels(of: value) }
          do throws(FileFailure) {
            try Plot(title: arguments[title] ?? "", panels: panels, columns: arguments[columns]).writeSVG(to: arguments[path])
          } catch {
            throw Failure(error.description)
          }
          return .none
        })))

  private static func check(ending path: String) throws(Failure) {
    guard path.hasSuffix(".svg") else { throw Failure("`plot` writes SVG: `\(path)` must end in `.svg`") }
  }

  /// A history gives a panel a metric, with the training and the validation line; lines are one panel.
  private static func panels(of value: Value) throws(Failure) -> [Plot.Panel] {
    switch value {
    case .object(let object as HistoryObject): return panels(of: object)
    case .object(let object as LinesObject): return [object.panel]
    case .list(let values), .tuple(let values):
      var all: [Plot.Panel] = []
      for value in values { all += try panels(of: value) }
      return all
    default:
      throw Failure("`plot` draws a history or what `lines` gives, not \(Operations.representation(value))")
    }
  }

  private static func panels(of history: HistoryObject) -> [Plot.Panel] {
    let metrics = history.keys.filter { !$0.hasPrefix("val_") || !history.keys.contains(String($0.dropFirst(4))) }
    func hasValidation(_ metric: String) -> Bool { history.series["val_" + metric] != nil }
    return metrics.map { metric in
      let first = Double((history.epochs.first ?? 0) + 1)
      let series = [(metric, "training"), ("val_" + metric, "validation")].compactMap { key, name in
        history.series[key].map { Plot.Series(hasValidation(metric) ? name : "", $0.map(number), firstX: first) }
      }
      return Plot.Panel(title: metric, xLabel: "epoch", yLabel: "", series: series)
    }
  }

  /// A number as a plot takes it; anything else leaves a gap.
  private static func number(_ value: Value) -> Double {
    switch value {
    case .float(let number): number
    case .integer(let number): Double(number)
    default: .nan
    }
  }

  // MARK: lines

  private static let series = Parameter<DictValue>("series", "the lines by name, each a list of numbers", .dict(.any)) {
    if case .dict(let dict) = $0 { dict } else { nil }
  }
  private static let xLabel = Parameter<String>("xlabel", "stands under the horizontal axis", default: "")
  private static let yLabel = Parameter<String>("ylabel", "stands beside the vertical axis", default: "")

  private static let linesEntry = Entry(
    .function,
    Signature(
      "lines", "One panel of named lines, for `plot`.",
      [series.description, title.description, xLabel.description, yLabel.description],
      example: #"plot(lines({"train": [3, 2, 1], "val": [3, 2.5, 2]}, title="loss"), path="loss.svg")"#),
    .function(
      FunctionTraits(
        giving: nil, forecast: { _ throws(Failure) in .type(.object(LinesObject.type)) },
        call: { arguments throws(Failure) in
          let dict = arguments[series]
          var lines: [Plot.Series] = []
          for (key, values) in zip(dict.keys, dict.values) {
            guard case .string(let name) = key, let numbers = numbers(in: values) else {
              throw Failure("`lines` takes a dict of names to lists of numbers")
            }
            lines.append(.init(name, numbers))
          }
          let panel = Plot.Panel(
            title: arguments[title] ?? "", xLabel: arguments[xLabel], yLabel: arguments[yLabel], series: lines)
          return .object(LinesObject(panel))
        })))

  private static func numbers(in value: Value) -> [Double]? {
    switch value {
    case .list(let values), .tuple(let values):
      // What is none of them leaves a gap only where it is missing.
      values.allSatisfy { $0.isNone || $0.asDouble != nil } ? values.map(number) : nil
    case .array(let array) where array.rank == 1: array.doubles
    default: nil
    }
  }
}

/// What `lines` gives.
private final class LinesObject: ObjectValue {
  static let type = ObjectType("Lines")
  let panel: Plot.Panel
  init(_ panel: Plot.Panel) { self.panel = panel }
  var objectType: ObjectType { LinesObject.type }
}
