/// What `model.summary()` prints: Keras's table of layers, the shapes they give, and how many parameters they have.
///
/// The columns share the width as Keras's do: each wants its part of the line and its padding, and what is too much is taken
/// from all of them in nearly equal shares.
package struct ModelSummary {
  private let model: ModelObject
  /// The width of the terminal, or 80.
  private let columns: Int
  /// The width that was asked for.
  package var lineLength: Int?
  /// Whether the layers of models within are shown too.
  package var expandsNested = false
  package var showsTrainable = false
  /// Counted and shown only once an optimizer has begun.
  package var optimizerNumberCount: Int?

  package init(_ model: ModelObject, columns: Int) {
    self.model = model
    self.columns = columns
  }

  private var plan: ModelPlan { model.plan }

  /// The table with the lines above and below it.
  package var text: String {
    var lines = ["Model: \"\(plan.name)\""]
    lines += table.map { String($0.prefix(columns)) }
    let (all, trainable) = ModelSummary.counts(of: plan)
    let optimizer = optimizerNumberCount ?? 0
    let (total, isTooLarge) = all.addingReportingOverflow(optimizer)
    lines.append(count("Total", isTooLarge ? .max : total))
    lines.append(count("Trainable", trainable))
    lines.append(count("Non-trainable", all - trainable))
    if optimizerNumberCount != nil { lines.append(count("Optimizer", optimizer)) }
    return lines.map { $0 + "\n" }.joined()
  }

  private func count(_ what: String, _ numbers: Int) -> String {
    " \(what) params: \(grouped(numbers)) (\(ModelSummary.memory(of: numbers)))"
  }

  /// How many numbers a model's weights have, and how many of them training changes; a layer shared by models within counts once.
  private static func counts(of plan: ModelPlan) -> (all: Int, trainable: Int) {
    var seen: Set<ObjectIdentifier> = []
    /// The weights that a plan owns, and those of them that training changes.
    func weights(of plan: ModelPlan, trains: Bool) -> (all: [WeightSpec], trainable: [WeightSpec]) {
      var found = (all: [WeightSpec](), trainable: [WeightSpec]())
      for layer in plan.layers where seen.insert(ObjectIdentifier(layer.configured)).inserted {
        let trains = trains && layer.isTrainable
        if let nested = layer.nested {
          let inner = weights(of: nested.plan, trains: trains)
          found = (found.all + inner.all, found.trainable + inner.trainable)
        } else {
          found.all += layer.weights
          if trains { found.trainable += layer.weights.filter(\.isTrainable) }
        }
      }
      return found
    }
    let found = weights(of: plan, trains: plan.isTrainable)
    return (found.all.totalCount, found.trainable.totalCount)
  }

  // MARK: Rows

  /// Whether the layers form a chain, so that what each is connected to needs no column.
  private var isChain: Bool {
    if plan.isSequential || !model.hasPlan { return true }
    let isForked = plan.inputs.count > 1 || plan.applications.contains { $0.inputs.count > 1 || $0.mask != nil }
    let users = plan.applications.flatMap(\.inputs)
    let layers = plan.applications.map(\.layer)
    return !isForked && Set(users).count == users.count && Set(layers).count == layers.count && plan.outputs.count == 1
  }

  private var rows: [[String]] {
    if !model.hasPlan, let sequence = model.sequence { return ModelSummary.unbuiltRows(sequence) }
    return plan.layers.indices.flatMap { row(of: $0, in: plan, prefix: "", level: 0, trains: true) }
  }

  private func row(of index: Int, in plan: ModelPlan, prefix: String, level: Int, trains: Bool) -> [[String]] {
    let layer = plan.layers[index]
    let input = plan.inputNames.firstIndex(of: layer.name).map { plan.inputs[$0] }
    if input != nil, plan.isSequential { return [] }
    let className = input == nil ? layer.configured.className : "InputLayer"
    let application = plan.applications.last { $0.layer == index }
    let shapes = (input.map { [$0] } ?? application?.outputs ?? []).map { ModelSummary.shape(plan.tensors[$0].shape) }
    let trains = trains && layer.isTrainable
    var row = [
      "\(prefix)\(layer.name) (\(className))", shapes.count == 1 ? shapes[0] : "[\(shapes.joined(separator: ", "))]",
      grouped(layer.weights.totalCount),
    ]
    if !isChain { row.append(connections(of: index, in: plan)) }
    if showsTrainable { row.append(layer.weights.isEmpty ? "-" : trains ? "Y" : "N") }
    guard expandsNested, let nested = layer.asModel else { return [row] }
    let inner = String(repeating: "   ", count: level + 1) + "└ "
    return [row]
      + nested.plan.layers.indices.flatMap { self.row(of: $0, in: nested.plan, prefix: inner, level: level + 1, trains: trains) }
  }

  private static func unbuiltRows(_ sequence: [ModelObject.SequenceElement]) -> [[String]] {
    let layers = sequence.compactMap { element -> LayerReference? in
      if case .layer(let layer, _) = element { layer } else { nil }
    }
    let names = LayerNames.assign(to: layers)
    return layers.map { ["\(names[$0.identity] ?? "") (\($0.className))", "?", "0 (unbuilt)"] }
  }

  /// `dense[0][0], dense_1[0][0]`: layer, its call, and which of what that gave.
  private func connections(of index: Int, in plan: ModelPlan) -> String {
    let sources = plan.applications.filter { $0.layer == index }.flatMap { $0.inputs + ($0.mask.map { [$0] } ?? []) }
    let parts = sources.map { tensor -> String in
      if let input = plan.inputs.firstIndex(of: tensor) { return "\(plan.inputNames[input])[0][0]" }
      guard let place = plan.applications.firstIndex(where: { $0.outputs.contains(tensor) }) else { return "?" }
      let (layer, outputs) = (plan.applications[place].layer, plan.applications[place].outputs)
      // A nested functional model counts its own making as its first call.
      let first = plan.layers[layer].asModel.map { $0.plan.isSequential ? 0 : 1 } ?? 0
      let call = first + plan.applications[..<place].count { $0.layer == layer }
      return "\(plan.layers[layer].name)[\(call)][\(outputs.firstIndex(of: tensor) ?? 0)]"
    }
    return parts.isEmpty ? "-" : parts.joined(separator: ", ")
  }

  // MARK: The table

  private enum Alignment { case left, right, center }

  private var table: [String] {
    var header = ["Layer (type)", "Output Shape", "Param #"]
    var alignments = [Alignment.left, .left, .right]
    var positions = [0.45, 0.80, 1]
    var wanted = 88
    if !isChain {
      header.append("Connected to")
      alignments.append(.left)
      (positions, wanted) = ([0.3, 0.56, 0.74, 1], 108)
    }
    if showsTrainable {
      header.append("Trainable")
      alignments.append(.center)
      (positions, wanted) = (positions.map { $0 * 0.9 } + [1], wanted + 12)
    }
    let widths = ModelSummary.widths(positions, line: lineLength ?? min(wanted, columns - 4))
    func rule(_ left: String, _ fill: String, _ middle: String, _ right: String) -> String {
      left + widths.map { String(repeating: fill, count: $0) }.joined(separator: middle) + right
    }
    func lines(_ cells: [String], _ bar: String) -> [String] {
      let wrapped = zip(cells, widths).map { ModelSummary.wrapped($0, width: $1 - 2) }
      return (0..<(wrapped.map(\.count).max() ?? 0)).map { line in
        let parts = wrapped.indices.map { column in
          let text = line < wrapped[column].count ? wrapped[column][line] : ""
          return " " + ModelSummary.padded(text, widths[column] - 2, alignments[column]) + " "
        }
        return bar + parts.joined(separator: bar) + bar
      }
    }
    var result = [rule("┏", "━", "┳", "┓")] + lines(header, "┃") + [rule("┡", "━", "╇", "┩")]
    for (index, row) in rows.enumerated() {
      if index > 0 { result.append(rule("├", "─", "┼", "┤")) }
      result += lines(row, "│")
    }
    return result + [rule("└", "─", "┴", "┘")]
  }

  /// The widths of columns with their padding, for a line of that many characters with its bars.
  private static func widths(_ positions: [Double], line: Int) -> [Int] {
    var widths: [Int] = []
    var used = 0
    for position in positions {
      let width = max(Int(position * Double(line)) - used, 1)
      widths.append(width + 2)
      used += width
    }
    var excess = widths.reduce(widths.count + 1, +) - line
    for index in widths.indices where excess > 0 {
      let share = (Double(excess) / Double(widths.count - index)).rounded(.toNearestOrEven)
      let taken = min(widths[index] - 3, Int(share))
      widths[index] -= taken
      excess -= taken
    }
    return widths
  }

  /// A cell's lines: broken between words, and a word that is longer than a line cut with `…`.
  private static func wrapped(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = String(text.prefix { $0 == " " })
    for (index, word) in text.split(separator: " ").enumerated() {
      if index > 0, line.count + 1 + word.count > width {
        lines.append(line)
        line = String(word)
      } else {
        line += (index == 0 ? "" : " ") + word
      }
    }
    lines.append(line)
    return lines.map { $0.count > width ? $0.prefix(max(width - 1, 0)) + "…" : $0 }
  }

  private static func padded(_ text: String, _ width: Int, _ alignment: Alignment) -> String {
    let missing = max(width - text.count, 0)
    let before =
      switch alignment {
      case .left: 0
      case .right: missing
      case .center: missing / 2
      }
    return String(repeating: " ", count: before) + text + String(repeating: " ", count: missing - before)
  }

  // MARK: Words

  private static func shape(_ shape: Shape) -> String {
    let dimensions = ["None"] + shape.dimensions.map { $0.map(String.init) ?? "None" }
    return dimensions.count == 1 ? "(None,)" : "(\(dimensions.joined(separator: ", ")))"
  }

  /// The memory of single-precision numbers: `212.54 KB`.
  private static func memory(of numbers: Int) -> String {
    var size = Double(numbers) * 4
    var units = ["B", "KB", "MB", "GB", "TB", "PB"][...]
    while size >= 1024, units.count > 1 {
      size /= 1024
      units.removeFirst()
    }
    let hundredths = Int((size * 100).rounded(.toNearestOrEven))  // of at most 2⁶⁵ / 2⁵⁰ petabytes
    let fraction = String(hundredths % 100)
    return "\(hundredths / 100).\(fraction.count == 1 ? "0" : "")\(fraction) \(units.first ?? "")"
  }
}
