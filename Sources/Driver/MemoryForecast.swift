import Arrays
import Diagnostics
import Networks
import Plans

/// Tells which models of a checked script this machine's memory cannot hold, before data is read or anything runs.
///
/// A sum of weights and tensors, which costs nothing, comes first; only of a model that it finds large is the memory of a step laid out.
struct MemoryForecast {
  /// The bytes that there are in all.
  private let machineBytes: Int
  /// Whether so many are free now.
  private let areFree: (Int) -> Bool

  init(machineBytes: Int = FreeMemory.machineBytes, areFree: @escaping (Int) -> Bool = FreeMemory.holds) {
    self.machineBytes = machineBytes
    self.areFree = areFree
  }

  /// What to say of the models that a plan trains or asks.
  func findings(of plan: Plan) -> [Finding] {
    var known: [Forecast: Need?] = [:]
    return plan.steps.compactMap { step, range in
      switch step {
      case .fit(let fit):
        guard let model = fit.outline?.plan else { return nil }
        let forecast = Forecast(fit, model)
        if known[forecast] == nil { known[forecast] = .some(need(of: fit, model)) }
        guard case .some(.some(let need)) = known[forecast] else { return nil }
        if need.bytes > machineBytes { return .outOfMemory(model, need, .error, at: range) }
        return areFree(need.bytes) ? nil : .outOfMemory(model, need, .warning, at: range)
      case .evaluate(let pass), .predict(let pass):
        return tooManyWeights(pass.model.plan).map { .outOfMemory(pass.model.plan, $0, .error, at: range) }
      default: return nil
      }
    }
  }

  /// All that what a training takes follows from: a script may train one model in a loop.
  private struct Forecast: Hashable {
    let model: ObjectIdentifier
    let compilation: ObjectIdentifier?
    let batchRows: Int
    let data: [[Int?]]
    /// A model may grow between two trainings.
    let tensors: [[Int?]]
    let parameterCount: Int

    init(_ fit: FitPlan, _ model: ModelPlan) {
      self.model = ObjectIdentifier(fit.model)
      compilation = fit.outline?.compiled.map { ObjectIdentifier($0.event) }
      batchRows = fit.batchRows
      data = (fit.data.spec.inputs + fit.data.spec.targets).map(\.shape.dimensions)
      tensors = model.tensors.map(\.shape.dimensions)
      parameterCount = model.parameterCount
    }
  }

  /// How many bytes a model takes, and the layer that most of them are for.
  struct Need {
    let bytes: Int
    let layer: ModelPlan.Layer?
    /// Whether it is what the weights alone take.
    var isOfWeights = false
    /// Whether batches rather than weights take most of it.
    var isOfBatches = false
  }

  /// What training takes beside the data; nil where that is little, or known only once there are data.
  private func need(of fit: FitPlan, _ model: ModelPlan) -> Need? {
    if let need = tooManyWeights(model) { return need }
    let weights = Self.weightBytes(of: model)
    let rough = Self.sum(Self.sum(weights, weights), Self.product(fit.batchRows, Self.tensorBytes(of: model)))
    guard rough > machineBytes / 16, let shapes = ModelTable.shapes(of: model, fit.data.spec) else { return nil }
    guard rough <= Self.product(machineBytes, Self.mostThatIsShared), !Self.hasUncountableAxis(model) else {
      return rough > machineBytes ? Need(bytes: rough, layer: Self.largestGiver(of: model), isOfBatches: true) : nil
    }
    let costs: NetworkCosts?
    do { costs = try NetworkCosts(of: model, compiled: fit.outline?.compiled, shapes: shapes, batchSize: fit.batchRows) } catch {
      return nil
    }
    guard let costs else { return nil }
    guard let memory = costs.memory else { return Need(bytes: .max, layer: Self.heaviestLayer(of: model)) }
    let kept = Self.sum(memory.weights, memory.slots)
    let holder = model.layers.first { memory.largest == $0.name || memory.largest.hasPrefix($0.name + "/") }
    return Need(
      bytes: Self.sum(kept, memory.step), layer: kept > memory.step ? Self.heaviestLayer(of: model) : holder,
      isOfBatches: kept <= memory.step && memory.largestBytes > weights)
  }

  /// A step takes less than the sum of its tensors, since some share their memory, but not so many times less.
  private static let mostThatIsShared = 16

  /// Whether an axis is so long that what layers make of two of them together could not be counted.
  private static func hasUncountableAxis(_ model: ModelPlan) -> Bool {
    model.tensors.contains { $0.shape.dimensions.contains { ($0 ?? 0) > 1 << 22 } }
      || model.layers.contains { $0.nested.map { hasUncountableAxis($0.plan) } ?? false }
  }

  /// The layer that gives the largest tensor.
  private static func largestGiver(of model: ModelPlan) -> ModelPlan.Layer? {
    let largest = model.applications.max { bytes(of: $0, in: model) < bytes(of: $1, in: model) }
    return largest.map { model.layers[$0.layer] }
  }

  /// What the weights take, where that alone is more than there is.
  private func tooManyWeights(_ model: ModelPlan) -> Need? {
    let bytes = Self.weightBytes(of: model)
    return bytes > machineBytes ? Need(bytes: bytes, layer: Self.heaviestLayer(of: model), isOfWeights: true) : nil
  }

  private static func weightBytes(of model: ModelPlan) -> Int { product(model.parameterCount, 4) }

  /// What the tensors between layers take for one example, those of models within too, those of open shape left out.
  private static func tensorBytes(of model: ModelPlan) -> Int {
    let within = model.layers.reduce(0) { total, layer in sum(total, layer.nested.map { tensorBytes(of: $0.plan) } ?? 0) }
    return model.tensors.reduce(within) { sum($0, bytes(of: $1.shape)) }
  }

  /// What the tensors that an application gives take for one example.
  private static func bytes(of application: ModelPlan.Application, in model: ModelPlan) -> Int {
    application.outputs.reduce(0) { sum($0, bytes(of: model.tensors[$1].shape)) }
  }

  /// What a tensor takes for one example; nothing if its shape is open.
  private static func bytes(of shape: Shape) -> Int {
    shape.dimensions.contains(nil) ? 0 : product(shape.elementCount ?? .max, 4)
  }

  private static func heaviestLayer(of model: ModelPlan) -> ModelPlan.Layer? {
    model.layers.max { $0.weights.totalCount < $1.weights.totalCount }
  }

  /// The largest number stands for all that cannot be counted.
  private static func product(_ a: Int, _ b: Int) -> Int {
    let (product, overflows) = a.multipliedReportingOverflow(by: b)
    return overflows ? .max : product
  }

  private static func sum(_ a: Int, _ b: Int) -> Int {
    let (sum, overflows) = a.addingReportingOverflow(b)
    return overflows ? .max : sum
  }
}

extension Finding {
  /// `error` where the machine could never hold it, `warning` where other work leaves too little.
  fileprivate static func outOfMemory(
    _ model: ModelPlan, _ need: MemoryForecast.Need, _ severity: Severity, at range: SourceRange
  ) -> Finding {
    let amount = need.bytes == .max ? "more memory than can be counted" : "\(scaled(Double(need.bytes)))B of memory"
    let use = need.isOfWeights ? "for its weights" : "to be trained"
    let found = severity == .error ? "more than this machine has" : "more than is free now"
    let most = need.layer.map { ", most of it for `\($0.name)`" } ?? ""
    let place = need.layer?.configured.range.flatMap { $0.source == range.source ? Label($0, "takes most of it") : nil }
    return Finding(
      severity, "out-of-memory", "`\(model.name)` takes \(amount) \(use), \(found)\(most).", at: range,
      labels: place.map { [$0] } ?? [], hint: need.isOfBatches ? "make batches smaller: `batch_size`." : nil)
  }
}
