import Arrays
import Lambdas
import Plans

/// Values as a person at the prompt wants to see them: whole where they are short, else their beginning, end and size.
struct Display {
  /// How wide the terminal is.
  let columns: Int

  /// More elements of a list than these are abbreviated to the first and last few.
  private static let elementLimit = 30
  private static let (firstElements, lastElements) = (10, 3)
  /// More rows of an array's text or a table than these are, too.
  private static let rowLimit = 16
  private static let (firstRows, lastRows) = (8, 4)
  /// An array of more elements than these has its middle left out; NumPy does so beyond a thousand.
  private static let (longestRow, longestArray) = (100, 1_000)
  /// The longest array that is written out in a list.
  private static let rowOfNumbers = 6
  private static let textLimit = 2_000

  /// What is shown for a value, ending with a line end; nil for None, which is not shown.
  func text(_ value: Value) -> String? {
    switch value {
    case .none: nil
    case .array(let array): text(array) + "\n"
    case .object(let object): text(object) + "\n"
    case .list(let items) where items.count > Self.elementLimit: abbreviated(value) + "  (\(grouped(items.count)) elements)\n"
    case .string(let text) where text.count > Self.textLimit: abbreviated(value) + "  (\(grouped(text.count)) characters)\n"
    default: abbreviated(value) + "\n"
    }
  }

  /// A value in a few words, for lists of names.
  func brief(_ meaning: Meaning) -> String {
    switch meaning {
    case .known(.object(let model as ModelObject)): return brief(model)
    case .known(.object(let data as DataObject)): return data.spec.description
    case .known(.object(let history as HistoryObject)):
      return "\(epochs(of: history)) of \(history.keys.joined(separator: ", "))"
    case .known(.array): return meaning.type.description
    case .known(let value):
      let text = abbreviated(value)
      return text.count <= 80 ? text : meaning.type.description
    default: return meaning.type.description
    }
  }

  private func brief(_ model: ModelObject) -> String {
    guard model.hasPlan else { return "its shapes are not known yet" }
    let trained = model.history.map { ", trained for \(epochs(of: $0))" } ?? ""
    return "\(grouped(model.plan.parameterCount)) parameters" + (model.compiled == nil ? ", not compiled" : trained)
  }

  private func epochs(of history: HistoryObject) -> String {
    "\(history.epochs.count) epoch\(history.epochs.count == 1 ? "" : "s")"
  }

  // MARK: Values

  /// Python's `repr`, with the middles of long lists and strings left out.
  private func abbreviated(_ value: Value) -> String {
    switch value {
    case .list(let items): return "[\(joined(items))]"
    case .tuple(let items) where items.count != 1: return "(\(joined(items)))"
    case .set(let set) where set.count > 0: return "{\(joined(set.elements))}"
    case .dict(let dict):
      let pairs = zip(dict.keys, dict.values).map { "\(abbreviated($0)): \(abbreviated($1))" }
      return "{\(shortened(pairs))}"
    case .array(let array): return array.count <= Self.rowOfNumbers ? array.representation : summary(array)
    case .object(let object): return (object as? Configured)?.planText ?? object.description
    case .iterator(let iterator) where iterator.elements.count > Self.elementLimit: return "<\(iterator.kind.rawValue)>"
    case .string(let text) where text.count > Self.textLimit:
      return Operations.representation(.string(String(text.prefix(Self.textLimit)))) + "…"
    default: return Operations.representation(value)
    }
  }

  private func joined(_ items: [Value]) -> String {
    if items.count <= Self.elementLimit { return items.map(abbreviated).joined(separator: ", ") }
    let first = items.prefix(Self.firstElements).map(abbreviated)
    let last = items.suffix(Self.lastElements).map(abbreviated)
    return (first + ["…"] + last).joined(separator: ", ")
  }

  private func shortened(_ parts: [String]) -> String {
    if parts.count <= Self.elementLimit { return parts.joined(separator: ", ") }
    return (parts.prefix(Self.firstElements) + ["…"] + parts.suffix(Self.lastElements)).joined(separator: ", ")
  }

  /// What NumPy writes; of a large array its type and shape, and the beginning and the end.
  private func text(_ array: NDArray) -> String {
    if array.rank == 1, array.count > Self.longestRow { return summary(array) + "\n" + row(array) }
    let whole = array.count <= Self.longestArray ? array.representation : array.text
    let lines = whole.split(separator: "\n", omittingEmptySubsequences: array.rank > 2)
    if array.count <= Self.longestArray, lines.count <= Self.rowLimit { return whole }
    let short = array.text.split(separator: "\n", omittingEmptySubsequences: array.rank > 2)
    guard array.rank > 2, short.count > Self.rowLimit, let end = short.firstIndex(where: { $0.hasSuffix("]]") }) else {
      let rows = short.count <= Self.rowLimit ? short[...] : short.prefix(Self.firstRows) + [" ..."] + short.suffix(Self.lastRows)
      return summary(array) + "\n" + rows.joined(separator: "\n")
    }
    // The first matrix stands for all.
    let closing = String(repeating: "]", count: array.rank - 2)
    return summary(array) + "\n" + short[...end].joined(separator: "\n") + "\n ...\(closing)"
  }

  /// The first and last elements of an array of one dimension.
  private func row(_ array: NDArray) -> String {
    func part(from lower: Int?, to upper: Int?) -> Substring {
      let bounds = [lower, upper].map { $0.map(Value.integer) ?? .none }
      let part = try? Operations.index(.array(array), .slice(lower: bounds[0], upper: bounds[1], step: .none))
      guard case .array(let numbers)? = part else { return "" }
      return numbers.text.dropFirst().dropLast()
    }
    return "[\(part(from: nil, to: Self.firstElements)) ... \(part(from: -Self.lastElements, to: nil))]"
  }

  private func summary(_ array: NDArray) -> String {
    let shape = array.shape.map(String.init).joined(separator: ", ") + (array.rank == 1 ? "," : "")
    return "\(array.type.rawValue) array of shape (\(shape))"
  }

  // MARK: Objects

  private func text(_ object: any ObjectValue) -> String {
    switch object {
    case let model as ModelObject:
      model.hasPlan
        ? String(ModelSummary(model, columns: columns).text.dropLast()) : "\(model.description), whose shapes are not known yet"
    case let history as HistoryObject: table(history)
    case let data as DataObject:
      data.spec.description
        + (data.parts.isEmpty ? "" : "\nparts: " + data.parts.keys.sorted().map { ".\($0)" }.joined(separator: ", "))
    case let configured as Configured: configured.planText
    default:
      Value.object(object).catalogEntries.first.map { entry in
        (Description.call(of: entry.signature, width: columns) + [entry.signature.summary]).joined(separator: "\n")
      }
        ?? object.description
    }
  }

  // MARK: Histories

  /// A table with a row an epoch; columns that do not fit go below.
  private func table(_ history: HistoryObject) -> String {
    if history.epochs.isEmpty { return "a history of no epochs" }
    let count = history.epochs.count
    let shown = count <= Self.rowLimit ? Array(0..<count) : Array(0..<Self.firstRows) + Array((count - Self.lastRows)..<count)
    let epochs = column("epoch", shown.map { "\(history.epochs[$0] + 1)" })
    let others = history.keys.map { key in
      let values = history.series[key] ?? []
      return column(key, shown.map { values.indices.contains($0) ? number(values[$0]) : "" })
    }
    var tables = [[epochs]]
    var width = epochs[0].count
    for cells in others {
      if width + cells[0].count + 2 > columns, tables[tables.count - 1].count > 1 {
        tables.append([epochs])
        width = epochs[0].count
      }
      tables[tables.count - 1].append(cells)
      width += cells[0].count + 2
    }
    return tables.map { table in
      var rows = epochs.indices.map { row in table.map { $0[row] }.joined(separator: "  ") }
      if shown.count < count { rows.insert(String(repeating: " ", count: epochs[0].count - 1) + "…", at: Self.firstRows + 1) }
      return rows.joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  /// A heading and its cells, aligned to the right.
  private func column(_ heading: String, _ cells: [String]) -> [String] {
    let width = ([heading] + cells).map(\.count).max() ?? 0
    return ([heading] + cells).map { String(repeating: " ", count: width - $0.count) + $0 }
  }

  /// Four decimals, as in the lines of a training.
  private func number(_ value: Value) -> String {
    guard let number = value.asDouble else { return abbreviated(value) }
    let isSmall = number != 0 && abs(number) < 1e-3
    return (try? Operations.format(.float(number), isSmall ? ".4e" : ".4f")) ?? "\(number)"
  }
}

/// `1,437`.
func grouped(_ count: Int) -> String { (try? Operations.format(.integer(count), ",")) ?? String(count) }
