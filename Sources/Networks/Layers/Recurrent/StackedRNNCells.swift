import Lambdas
import Plans
import Tensors

/// Cells one on top of the other, as one cell: each takes what the one below gives out.
struct StackedRNNCells: Layer, RecurrentCell {
  static let cells = Parameter<[Configured]>("cells", "the cells, from the input up", .list(.entry(.layer))) { $0.layers }
  static let signature = Signature(
    "StackedRNNCells", "Recurrent cells one on top of the other, as one cell for `RNN`.", [cells.description],
    example: "Input((10, 4))\nRNN(StackedRNNCells([LSTMCell(32), GRUCell(16)]))")
  static let abilities: Set<Ability> = [.isCell]

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    throw .ofCell(signature.name)
  }

  static func conflict(_ arguments: Arguments) -> ArgumentConflict? { RNN.conflict(arguments, in: "cells") }

  private let inner: [InnerCell]
  init(_ arguments: Arguments) { self.init(arguments[StackedRNNCells.cells]) }

  init(_ cells: [Configured]) {
    var counts: [String: Int] = [:]
    inner = cells.compactMap { configured in
      guard let cell = makeLayer(configured) as? any RecurrentCell else { return nil }
      /// Names are counted, as are the folders, which go by the class.
      func counted(_ stem: String, _ kind: String) -> String {
        let count = counts["\(kind) \(stem)", default: 0]
        counts["\(kind) \(stem)"] = count + 1
        return count == 0 ? stem : "\(stem)_\(count)"
      }
      let folder = counted(LayerNames.snakeCase(configured.entry.name), "folder")
      return InnerCell(cell: cell, name: counted(InnerLayer.name(of: configured), "name"), group: "cells/\(folder)")
    }
  }

  func states(of input: [Int]) -> [[Int]] { zip(inner, inputs(input)).flatMap { $0.cell.states(of: $1) } }
  func output(of input: [Int]) -> [Int] { inner.reduce(input) { $1.cell.output(of: $0) } }
  var weightRules: [String: WeightRules] {
    inner.reduce(into: [:]) { all, cell in all.merge(cell.weightRules) { first, _ in first } }
  }

  /// The shapes of the inputs of each cell.
  private func inputs(_ first: [Int]) -> [[Int]] {
    inner.dropLast().reduce(into: [first]) { $0.append($1.cell.output(of: $0[$0.count - 1])) }
  }

  func weights(of input: [Int]) -> [WeightSpec] { zip(inner, inputs(input)).flatMap { $0.weights(of: $1) } }

  func begin(rows: Int, input: [Int], into graph: inout Graph, _ use: inout LayerUse) -> CellSteps {
    var steps: [CellSteps] = []
    for (cell, input) in zip(inner, inputs(input)) {
      steps.append(use.within(cell.name) { use in cell.cell.begin(rows: rows, input: input, into: &graph, &use) })
    }
    // Products of upper cells are made in each step, so what they take is shared by all steps.
    let shared = steps.enumerated().map { ($0 == 0 ? [] : $1.inputWeights) + $1.shared }
    let sizes = zip(inner, inputs(input)).map { $0.cell.states(of: $1).count }
    return CellSteps(
      inputWeights: steps[0].inputWeights, shared: shared.flatMap { $0 }, products: steps[0].products,
      step: { products, states, given, graph in
        var (output, next): (Node?, [Node]) = (nil, [])
        var (rest, others) = (states[...], given[...])
        for (index, cell) in steps.enumerated() {
          let own = Array(others.prefix(shared[index].count))
          others = others.dropFirst(own.count)
          let count = index == 0 ? 0 : cell.inputWeights.count
          let inputs = output.map { cell.products($0, Array(own.prefix(count)), &graph) } ?? products
          let result = cell.step(inputs, Array(rest.prefix(sizes[index])), Array(own.dropFirst(count)), &graph)
          rest = rest.dropFirst(sizes[index])
          output = result.output
          next += result.states
        }
        return (output ?? states[0], next)
      })
  }
}

extension Value {
  /// The layers that it is, or holds; nil if it is or holds anything else.
  var layers: [Configured]? {
    switch self {
    case .object(let object): (object as? Configured).map { [$0] }
    case .list(let parts), .tuple(let parts):
      parts.reduce(Optional([Configured]())) { all, part in
        guard let all, let found = part.layers else { return nil }
        return all + found
      }
    default: nil
    }
  }
}
