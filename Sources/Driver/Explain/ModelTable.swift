import Lambdas
import Networks
import Plans

/// A model layer by layer: what each gives, its parameters, and what a batch takes of arithmetic and memory.
struct ModelTable {
  private let plan: ModelPlan
  private let batchSize: Int
  private let costs: NetworkCosts?
  private let style: TextStyle

  /// `fit` is the training that says what a batch is; without one it is a batch of 32 that is only predicted.
  init(_ plan: ModelPlan, trainedBy fit: FitPlan?, style: TextStyle) {
    self.plan = plan
    self.style = style
    let size = fit?.batchRows ?? 32
    batchSize = size
    costs = ModelTable.shapes(of: plan, fit?.data.spec).flatMap {
      try? NetworkCosts(of: plan, compiled: fit?.outline?.compiled, shapes: $0, batchSize: size)
    }
  }

  /// The shapes of an example where all are closed; those of the data where the model leaves them open.
  static func shapes(of plan: ModelPlan, _ data: DataSpec?) -> NetworkCosts.Shapes? {
    func closed(_ shape: Shape) -> [Int]? {
      let known = shape.dimensions.compactMap { $0 }
      return known.count == shape.rank ? known : nil
    }
    var inputs: [[Int]] = []
    for (index, tensor) in plan.inputs.enumerated() {
      let found = data.flatMap { $0.inputs.indices.contains(index) ? closed($0.inputs[index].shape) : nil }
      guard let shape = closed(plan.tensors[tensor].shape) ?? found else { return nil }
      inputs.append(shape)
    }
    let targets = data?.targets.compactMap { closed($0.shape) } ?? []
    let isTrained = !targets.isEmpty && targets.count == data?.targets.count
    return NetworkCosts.Shapes(inputs: inputs, targets: isTrained ? targets : nil)
  }

  var text: String {
    var rows = plan.layers.indices.map { layerRow($0) }
    rows += others.map { ["  " + $0.name, "", ""] + cells(of: $0) }
    rows.append(["  all", "", parameters(plan.parameterCount)] + (costs.map { cells(of: $0.total) } ?? []))
    let trains = costs?.total.training != nil
    var heads = [
      ["  layer", "gives", "parameters"] + (costs == nil ? [] : ["FLOP", "bytes"]) + (trains ? ["FLOP", "bytes"] : [])
    ]
    if trains { heads.insert(["", "", "", "forward", "", "training", ""], at: 0) }
    let lines = aligned(heads + rows, leftColumns: 2)
    let batch = costs == nil ? ": its costs depend on data" : ", a batch of \(batchSize)"
    return ([style.bold("model \(plan.name)") + batch] + lines + memoryLine).joined(separator: "\n") + "\n"
  }

  /// What lies in memory beside the data.
  private var memoryLine: [String] {
    guard let memory = costs?.memory else { return [] }
    var parts = ["\(scaled(Double(memory.weights)))B of weights"]
    if memory.slots > 0 { parts.append("\(scaled(Double(memory.slots)))B of the optimizer") }
    let holder = memory.largest.isEmpty ? "" : ", most of it for \(memory.largest): \(scaled(Double(memory.largestBytes)))B"
    parts.append("\(scaled(Double(memory.step)))B during a step\(holder)")
    return ["  memory: " + parts.joined(separator: ", ")]
  }

  private func layerRow(_ index: Int) -> [String] {
    let layer = plan.layers[index]
    let input = plan.inputNames.firstIndex(of: layer.name)
    let outputs = input.map { [plan.inputs[$0]] } ?? plan.applications.filter { $0.layer == index }.flatMap(\.outputs)
    let gives = outputs.map { plan.tensors[$0].shape.description }.joined(separator: " and ")
    let count = layer.nested?.plan.parameterCount ?? layer.weights.reduce(0) { $0 + $1.shape.reduce(1, *) }
    return ["  " + layer.name + (layer.isTrainable ? "" : " (frozen)"), gives, parameters(count)]
      + (costs.map { cells(of: cost(of: layer.name, in: $0)) } ?? [])
  }

  /// The costs of a layer, or of all layers of a model within.
  private func cost(of layer: String, in costs: NetworkCosts) -> NetworkCosts.Row? {
    costs.sum { $0 == layer || $0.hasPrefix("\(layer)/") }
  }

  /// What is no layer: the loss, metrics, the optimizer.
  private var others: [NetworkCosts.Row] {
    let layers = Set(plan.layers.map(\.name))
    return costs?.rows.filter { row in !layers.contains(String(row.name.prefix { $0 != "/" })) && !row.name.isEmpty } ?? []
  }

  private func cells(of row: NetworkCosts.Row?) -> [String] {
    let trains = costs?.total.training != nil
    guard let row else { return Array(repeating: "-", count: trains ? 4 : 2) }
    let training = row.training.map { [amount($0.operations), amount($0.bytes)] } ?? ["-", "-"]
    return [amount(row.forward.operations), amount(row.forward.bytes)] + (trains ? training : [])
  }

  private func amount(_ number: Double) -> String { number == 0 ? "-" : scaled(number) }

  private func parameters(_ count: Int) -> String { count == 0 ? "-" : grouped(count) }
}
