import Arrays
import Networks
import Tensors

extension StepProfile {
  /// What a layer's operations took together.
  private struct Layer {
    let name: String
    var nanoseconds = 0.0
    var cost = Cost()
    var lines: [Line] = []

    mutating func add(_ line: Line) {
      nanoseconds += line.nanoseconds
      cost += line.cost
      lines.append(line)
    }
  }

  /// Where the time went: layers and under each its operations, the longest first, with the rates that they reached; then callbacks.
  var table: String {
    let all = whole
    guard all.nanoseconds > 0, batches > 0 else { return "no batch was run\n" }
    var rows = [["layer", "", "share", "µs/batch", "GFLOP/s", "GB/s", "of the limit"]]
    for layer in layers where layer.nanoseconds * 1000 >= all.nanoseconds {
      let shown = layer.lines.filter { $0.nanoseconds * 1000 >= all.nanoseconds }
      let operation = layer.lines.count == 1 ? layer.lines[0].operation : ""
      rows.append(row(layer.name.isEmpty ? "(data)" : layer.name, operation, layer.nanoseconds, layer.cost, of: all.nanoseconds))
      guard layer.lines.count > 1 else { continue }
      for line in shown { rows.append(row("", line.operation, line.nanoseconds, line.cost, of: all.nanoseconds)) }
    }
    rows.append(row("all", "\(batches) batches of all kinds", all.nanoseconds, all.cost, of: all.nanoseconds))
    let text = aligned(rows, leftColumns: 2) + hookTable(besides: all.nanoseconds) + explanation
    return text.joined(separator: "\n") + "\n"
  }

  private var whole: Layer {
    var whole = Layer(name: "all")
    for line in lines { whole.add(line) }
    return whole
  }

  private var layers: [Layer] {
    var places: [String: Int] = [:]
    var layers: [Layer] = []
    for line in lines {
      if places[line.layer] == nil {
        places[line.layer] = layers.count
        layers.append(Layer(name: line.layer))
      }
      if let place = places[line.layer] { layers[place].add(line) }
    }
    return layers.sorted { $0.nanoseconds > $1.nanoseconds }
  }

  private func row(_ name: String, _ operation: String, _ nanoseconds: Double, _ cost: Cost, of total: Double) -> [String] {
    let limit = limits.map { $0.nanoseconds(of: cost) / nanoseconds * 100 }
    return [
      name, operation, "\(FloatText.fixed(nanoseconds / total * 100, precision: 1)) %",
      FloatText.fixed(nanoseconds / Double(batches) / 1000, precision: 1),
      FloatText.fixed(cost.operations / nanoseconds, precision: 1), FloatText.fixed(cost.bytes / nanoseconds, precision: 1),
      limit.map { "\(FloatText.fixed($0, precision: 0)) %" } ?? "",
    ]
  }

  private func hookTable(besides total: Double) -> [String] {
    guard !hooks.isEmpty else { return [] }
    let rows = hooks.map { line in
      [
        line.callback, line.hook, "\(FloatText.fixed(line.nanoseconds / total * 100, precision: 1)) %",
        FloatText.fixed(line.nanoseconds / Double(line.calls) / 1000, precision: 1), String(line.calls),
      ]
    }
    return [""] + aligned([["callback", "hook", "of it", "µs/call", "calls"]] + rows, leftColumns: 2)
  }

  private var explanation: [String] {
    guard let limits else { return [] }
    var rates = "\(FloatText.fixed(limits.operationsPerSecond / 1e9, precision: 0)) GFLOP/s"
    if let bytes = limits.bytesPerSecond { rates += " and \(FloatText.fixed(bytes / 1e9, precision: 0)) GB/s of memory" }
    return [
      "",
      "These threads reach \(rates). The limit is the time that the arithmetic or the memory would need at these rates, whichever is",
      "longer; above 100 % what is read still lay in a cache, a convolution of 3×3 took fewer operations than are counted, or the",
      "processor's matrix tiles multiplied, which do more than its vectors.",
    ]
  }
}
