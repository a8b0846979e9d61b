import Diagnostics
import Training

/// Which decisions `train why` tells.
package struct DecisionFilter {
  /// A callback's name, or the beginning of it; nil for all.
  package var callback: String?
  /// From 1; nil for all.
  package var epochs: ClosedRange<Int>?
  /// Whether those are told that changed nothing: an epoch without improvement, or that was not saved.
  package var isComplete: Bool
  package init(callback: String? = nil, epochs: ClosedRange<Int>? = nil, isComplete: Bool = false) {
    self.callback = callback
    self.epochs = epochs
    self.isComplete = isComplete
  }

  func takes(_ record: DecisionRecord) -> Bool {
    if let callback, record.callback?.lowercased().hasPrefix(callback.lowercased()) != true { return false }
    if let epochs, record.epoch.map(epochs.contains) != true { return false }
    return true
  }
}

/// Decisions as text: a line each, by training, in order.
struct DecisionTable {
  private let records: [DecisionRecord]
  private let filter: DecisionFilter
  private let style: TextStyle

  init(_ records: [DecisionRecord], _ filter: DecisionFilter, style: TextStyle) {
    self.records = records
    self.filter = filter
    self.style = style
  }

  /// The nearest name of a callback that decided something, where none has the name that is asked for.
  var unknownCallback: (name: String, known: [String], nearest: String?)? {
    guard let name = filter.callback else { return nil }
    let known = Set(records.compactMap(\.callback)).sorted()
    if known.contains(where: { $0.lowercased().hasPrefix(name.lowercased()) }) { return nil }
    return (name, known, Spelling.nearest(to: name, among: known))
  }

  var text: String {
    let wanted = records.filter(filter.takes)
    let told = filter.isComplete ? wanted : wanted.filter { !$0.decision.kind.isRoutine }
    var lines: [String] = []
    for fit in Set(told.map(\.fit)).sorted() { lines += Self.lines(told.filter { $0.fit == fit }, style: style) }
    let rest = wanted.count - told.count
    if wanted.isEmpty { lines.append("nothing was decided there") }
    if rest > 0 {
      lines.append(
        "\(told.isEmpty ? "" : "and ")\(rest) time\(rest == 1 ? "" : "s") nothing was changed; `--all` tells of them too")
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private static func lines(_ records: [DecisionRecord], style: TextStyle) -> [String] {
    guard let first = records.first else { return [] }
    let places = records.map { place(of: $0) }
    let width = places.map(\.count).max() ?? 0
    let nameWidth = records.map { $0.callback?.count ?? 0 }.max() ?? 0
    let lines = zip(records, places).map { record, place in
      let name = padded(record.callback ?? "", to: nameWidth)
      return
        "  \(padded(place, to: width))  \(name)\(nameWidth > 0 ? "  " : "")\(style.bold(record.decision.what)): \(record.decision.why)"
    }
    return ["Training \(first.fit), of `\(first.model)`"] + lines
  }

  private static func place(of record: DecisionRecord) -> String {
    guard let epoch = record.epoch else { return "end" }
    if epoch == 0 { return "begin" }
    return "epoch \(epoch)" + (record.batch.map { ", batch \($0)" } ?? "")
  }

  private static func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
