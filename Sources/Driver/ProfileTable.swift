import Networks

extension StepProfile {
  /// A table of layers and operations, the longest time first, each with its share and its microseconds a batch.
  var table: String {
    let total = lines.reduce(0) { $0 + $1.nanoseconds }
    guard total > 0, batches > 0 else { return "no batch was run\n" }
    let width = max(5, lines.map(\.layer.count).max() ?? 0)
    var text = "\(padded("layer", to: width))  share    µs/batch  operation\n"
    for line in lines where line.nanoseconds * 1000 >= total {
      let share = Double(line.nanoseconds) / Double(total) * 100
      let each = Double(line.nanoseconds) / Double(batches) / 1000
      text += "\(padded(line.layer, to: width))  \(aligned(share, to: 4)) %  \(aligned(each, to: 8))  \(line.operation)\n"
    }
    let each = Double(total) / Double(batches) / 1000
    return text + "\(padded("all", to: width))   100 %  \(aligned(each, to: 8))  \(batches) batches of all kinds\n"
  }

  private func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  /// A number with one decimal, right-aligned.
  private func aligned(_ number: Double, to width: Int) -> String {
    let tenths = Int((number * 10).rounded())
    let text = "\(tenths / 10).\(tenths % 10)"
    return String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
