import Arrays
import Diagnostics
import Lambdas
import Syntax

extension Interpreter {
  /// `compile { … }` in a model's block waits for the model to be whole; `compile MODEL { … }` is carried out at once.
  func walkCompile(_ model: Expression?, _ settings: Block, at range: SourceRange) throws(Interruption) {
    let given = settingArguments(settings)
    guard let model else {
      guard let block = state.block, state.context == .model else { return }
      if let earlier = block.compile { report(.compiledTwice(at: range.upToBrace, earlier: earlier.range)) }
      block.compile = (given, range.upToBrace)
      return
    }
    let target = try modelOperand(model)
    let call = try bindCompile(given, at: model.range)
    guard case .known(.object(let object)) = target, let network = object as? ModelObject else { return }
    applyCompile(call, to: network, at: model.range)
    if let compiled = network.compiled { plan.add(.compile(network.plan.name, compiled), at: range) }
  }

  /// The settings of a block as keyword arguments; other statements in it are told by the parser.
  func settingArguments(_ block: Block?) -> [GivenArgument] {
    (block?.statements ?? []).compactMap { statement in
      guard case .assign(let targets, .expression(let value)) = statement.kind, targets.count == 1,
        case .name(let name) = targets[0].kind
      else { return nil }
      return GivenArgument(Name(name, targets[0].range), value)
    }
  }

  static let compileParameters: [ParameterDescription] = [
    .init("optimizer", "how weights are updated", .entry(.optimizer), default: .string("rmsprop")),
    .init("loss", "what training makes small", .optional(.any), default: Value.none),
    .init("loss_weights", "how much each output's loss counts", .optional(.any), default: Value.none),
    .init("metrics", "what is measured beside the loss", .optional(.any), default: Value.none),
    .init("weighted_metrics", "metrics that sample weights count in", .optional(.any), default: Value.none),
    .init("run_eagerly", "accepted; there is no other way to run", .bool, default: .bool(false)),
    .init(
      "steps_per_execution", "accepted; batch hooks are called for every batch", .integer(min: 1, max: 1), default: .integer(1)),
    .init("jit_compile", "accepted; programs are always compiled", .any, default: .string("auto")),
    .init(
      "auto_scale_loss", "accepted: bfloat16 has the range of float32, so no loss needs scaling", .bool, default: .bool(true)),
  ]

  /// Binds the arguments of `compile`. Strings are looked at later, when the outputs are known.
  func bindCompile(_ given: [GivenArgument], at range: SourceRange) throws(Interruption) -> BoundCall {
    var resolved: [GivenArgument] = []
    for argument in given {
      // The role decides what a bare name means, also inside lists and dicts.
      let role: Role? =
        switch argument.name?.text {
        case "loss": .loss
        case "metrics", "weighted_metrics": .metric
        default: nil
        }
      if let role, case .expression(let expression) = argument.content {
        resolved.append(
          .init(argument.name, try evaluate(expression, expecting: role), argument.range, elementRanges: argument.elementRanges))
      } else {
        resolved.append(argument)
      }
    }
    return try bind(resolved, to: Self.compileParameters, of: "compile", at: range)
  }

  /// Gives a model its optimizer, losses and metrics. A mistake in one argument hides none in another.
  func applyCompile(_ call: BoundCall, to model: ModelObject, at range: SourceRange) {
    let optimizer = call["optimizer"]?.object(Configured.self)
    let parts = ["loss", "loss_weights", "metrics", "weighted_metrics"].map { call[$0] }
    let isBroken = call.isPoisoned || parts.contains { $0?.isPoisoned ?? true }
    if !isBroken, optimizer == nil || parts.contains(where: { $0?.value == nil }) {
      return setCompiled(nil, of: model, isLater: true)
    }
    let losses = losses(call, of: model, at: range)
    let metrics = metrics(call, losses ?? [], of: model, at: range)
    let shares = optimizer.map { checkShares($0, of: model, at: range) } ?? false
    guard !isBroken, shares, let optimizer, let losses, let metrics else { return setCompiled(nil, of: model, isBroken: true) }
    if losses.isEmpty, model.hasPlan { report(.compileWithoutLoss(at: range)) }
    var written: [String: Value] = [:]
    for name in call.given { written[name] = call[name]?.value }
    var plan = CompilePlan(optimizer: optimizer.withSettledMap, losses: losses, metrics: metrics, written: written)
    plan.ranges = call.ranges
    setCompiled(plan, of: model)
    warnOfCompile(model, lossRange: call.ranges["loss"] ?? range, optimizerRange: call.ranges["optimizer"] ?? range)
  }

  /// Looks at what `compile` says for a network in which a mistake was told: everything that does not depend on its outputs.
  func checkCompile(_ call: BoundCall, at range: SourceRange) {
    for loss in call["loss"]?.leaves ?? [] {
      _ = admit(loss, to: Self.lossParameter, of: "compile", at: call.ranges["loss"] ?? range)
    }
    for name in ["metrics", "weighted_metrics"] {
      let leaves = call[name]?.leaves ?? []
      for (index, leaf) in leaves.enumerated() {
        guard let metric = leaf.value, !metric.isNone else { continue }
        let place = leaves.count == call.elementRanges[name]?.count ? call.range(of: name, element: index, else: range) : nil
        _ = resolveMetric(metric, output: 0, [], of: nil, at: place ?? call.ranges[name] ?? range)
      }
    }
  }

  private static let lossParameter = ParameterDescription("loss", "", .optional(.entry(.loss)), default: nil)

  private func setCompiled(_ compiled: CompilePlan?, of model: ModelObject, isBroken: Bool = false, isLater: Bool = false) {
    let (old, wasBroken, wasLater) = (model.compiled, model.isBroken, model.isCompiledLater)
    undoable {
      model.compiled = old
      model.isBroken = wasBroken
      model.isCompiledLater = wasLater
    }
    model.compiled = compiled
    model.isCompiledLater = isLater
    if isBroken { model.isBroken = true }
  }

  // MARK: One entry an output

  /// The argument's part for each output: one for all, a list in order, or a dict by output name.
  private func perOutput(
    _ meaning: Meaning?, _ name: String, of model: ModelObject, at range: SourceRange
  ) -> [(output: Int, item: Meaning)]? {
    let count = model.hasPlan ? model.plan.outputs.count : 1
    guard let meaning, meaning.isAtHand else { return [] }
    if case .known(.dict(let dict)) = meaning {
      var result: [(Int, Meaning)] = []
      for (key, value) in zip(dict.keys, dict.values) {
        guard case .string(let output) = key, let index = model.plan.outputNames.firstIndex(of: output) else {
          report(
            .unknownOutput(
              Operations.representation(key), in: name, at: range, outputs: model.plan.outputNames,
              nearest: key.asString.flatMap { Spelling.nearest(to: $0, among: model.plan.outputNames) }))
          return nil
        }
        result.append((index, .known(value)))
      }
      return result.sorted { $0.0 < $1.0 }
    }
    if name != "metrics", name != "weighted_metrics", let items = meaning.elements {
      guard items.count == count else {
        report(.outputCount(name, found: items.count, outputs: count, at: range))
        return nil
      }
      return Array(items.enumerated()).map { ($0.offset, $0.element) }
    }
    return (0..<count).map { ($0, meaning) }
  }

  private func losses(_ call: BoundCall, of model: ModelObject, at range: SourceRange) -> [CompilePlan.Loss]? {
    let place = call.ranges["loss"] ?? range
    guard let items = perOutput(call["loss"], "loss", of: model, at: place) else { return nil }
    if case .known(.dict) = call["loss"],
      let missing = model.plan.outputs.indices.first(where: { output in
        !items.contains { $0.output == output }
      })
    {
      report(.outputWithoutLoss(model.plan.outputNames[missing], at: place))
      return nil
    }
    guard let weights = perOutput(call["loss_weights"], "loss_weights", of: model, at: call.ranges["loss_weights"] ?? range)
    else { return nil }
    var losses: [CompilePlan.Loss] = []
    var isWhole = true
    for (output, item) in items {
      guard let admitted = admit(item, to: Self.lossParameter, of: "compile", at: place) else {
        isWhole = false
        continue
      }
      guard let loss = admitted.object(Configured.self) else { continue }
      let weight = weights.first { $0.output == output }?.item.value?.asDouble ?? 1
      losses.append(.init(configured: loss, output: output, weight: weight))
    }
    return isWhole ? losses : nil
  }

  private func metrics(
    _ call: BoundCall, _ losses: [CompilePlan.Loss], of model: ModelObject, at range: SourceRange
  ) -> [CompilePlan.Metric]? {
    var result: [CompilePlan.Metric] = []
    var taken: Set<String> = ["loss"]
    var isWhole = true
    for (name, isWeighted) in [("metrics", false), ("weighted_metrics", true)] {
      let place = call.ranges[name] ?? range
      guard let items = metricsPerOutput(call[name], name, of: model, at: place) else {
        isWhole = false
        continue
      }
      for (index, (output, item)) in items.enumerated() {
        guard let item = item.value else { continue }
        let place = items.count == call.elementRanges[name]?.count ? call.range(of: name, element: index, else: place) : place
        guard let metric = resolveMetric(item, output: output, losses, of: model, at: place) else {
          isWhole = false
          continue
        }
        let prefix = model.plan.outputs.count > 1 ? "\(model.plan.outputNames[output])_" : ""
        var logName = prefix + metric.name
        if isWeighted, taken.contains(logName) { logName = "\(prefix)weighted_\(metric.name)" }
        var number = 1
        let base = logName
        while taken.contains(logName) {
          logName = "\(base)_\(number)"
          number += 1
        }
        taken.insert(logName)
        result.append(
          .init(configured: metric.configured, logName: logName, output: output, isWeighted: isWeighted, written: metric.written))
      }
    }
    return isWhole ? result : nil
  }

  /// Metrics with the output each belongs to: a list for the only output, a dict by output name, a list of lists in order of outputs.
  private func metricsPerOutput(
    _ meaning: Meaning?, _ name: String, of model: ModelObject, at range: SourceRange
  ) -> [(output: Int, item: Meaning)]? {
    guard let meaning, meaning.isAtHand else { return [] }
    if case .known(.dict) = meaning {
      guard let byOutput = perOutput(meaning, name, of: model, at: range) else { return nil }
      return byOutput.flatMap { output, item in (item.elements ?? [item]).map { (output, $0) } }
    }
    if case .known(.string(let text)) = meaning {
      report(.metricsNotAList(text, name, at: range))
      return nil
    }
    let items = meaning.elements ?? [meaning]
    let outputs = model.hasPlan ? model.plan.outputs.count : 1
    guard outputs > 1 else { return items.flatMap { $0.elements ?? [$0] }.map { (0, $0) } }
    guard items.count == outputs else {
      report(.outputCount(name, found: items.count, outputs: outputs, at: range))
      return nil
    }
    return items.enumerated().flatMap { output, item in (item.elements ?? [item]).map { (output, $0) } }
  }

  /// A metric from its object, class or name. A string keeps what was typed as its name in `logs`.
  private func resolveMetric(
    _ item: Value, output: Int, _ losses: [CompilePlan.Loss], of model: ModelObject?, at range: SourceRange
  ) -> (configured: Configured, name: String, written: String?)? {
    switch item {
    case .string(let text):
      if ["accuracy", "acc"].contains(text.lowercased()) {
        guard let model else { return nil }
        let name = Accuracy.entryName(losses, output: output, of: model, targets: nil)
        guard let entry = catalog.entry(name, .metric), let metric = makeWithDefaults(entry) else { return nil }
        return (metric, text, text)
      }
      guard let entry = catalog.entry(text, .metric), let metric = makeWithDefaults(entry) else {
        report(
          .unknownEntry(
            text, .metric, at: range, nearest: Spelling.nearest(to: text, among: ["accuracy"] + catalog.names(.metric))))
        return nil
      }
      return (metric, text, text)
    case .object(let object):
      if let reference = object as? EntryReference, let entry = reference.entries.first(where: { $0.role == .metric }),
        let metric = makeWithDefaults(entry)
      {
        return (metric, metric.defaultLogName, nil)
      }
      guard let metric = object as? Configured else { break }
      guard metric.entry.role == .metric else {
        report(.wrongRole(found: metric.entry, "metrics", of: "compile", .metric, at: range))
        return nil
      }
      return (metric, metric.arguments["name"]?.asString ?? metric.defaultLogName, nil)
    default: break
    }
    report(
      .wrongElement(
        of: "metrics", of: "compile", expects: ArgumentKind.entry(.metric).expectation, found: Meaning.known(item).shownText,
        at: range,
        hint: nil))
    return nil
  }
}

/// Which accuracy `"accuracy"` means, by shapes alone as in Keras.
enum Accuracy {
  /// Until the targets are known (`nil`), the loss tells their form; it does not once they are.
  static func entryName(_ losses: [CompilePlan.Loss], output: Int, of model: ModelObject, targets: [TensorSpec]?) -> String {
    let prediction = model.hasPlan ? model.plan.tensors[model.plan.outputs[output]].shape : nil
    if let last = prediction?.dimensions.last, last == 1 { return "BinaryAccuracy" }
    guard let targets, output < targets.count, let prediction else {
      let loss = losses.first { $0.output == output }?.configured.entry.name ?? ""
      return loss.hasPrefix("Sparse") ? "SparseCategoricalAccuracy" : "CategoricalAccuracy"
    }
    let target = targets[output].shape
    let lastIsOne = target.dimensions.last.map { $0 == 1 } ?? false
    if target.rank < prediction.rank || (lastIsOne && prediction.dimensions.last != 1) { return "SparseCategoricalAccuracy" }
    return "CategoricalAccuracy"
  }
}

extension Configured {
  /// The name in `logs` of a metric object made without `name=`.
  var defaultLogName: String {
    if case .metric(let traits) = entry.meaning { traits.logName } else { LayerNames.snakeCase(entry.name) }
  }
}

extension ModelObject {
  /// Whether its layers and shapes are known; a sequential model without `Input` waits for data.
  package var hasPlan: Bool { !plan.outputs.isEmpty }
}

extension Meaning {
  /// What lists, tuples and dicts hold, whatever they are nested in.
  fileprivate var leaves: [Meaning] {
    if case .known(.dict(let dict)) = self { return dict.values.flatMap { Meaning.known($0).leaves } }
    return elements.map { $0.flatMap(\.leaves) } ?? [self]
  }
  /// Whether there is something to look at: not None, not known by its type alone, and no mistake that was told.
  fileprivate var isAtHand: Bool {
    switch self {
    case .known(let value): !value.isNone
    case .list, .tuple: true
    case .unknown, .poisoned: false
    }
  }
}

extension SourceRange {
  /// Only the words before a block's brace: what a caret under a block statement should show.
  var upToBrace: SourceRange {
    let brace = source.bytes[start..<end].firstIndex(of: UInt8(ascii: "{")) ?? end
    var last = brace
    while last > start, [UInt8(ascii: " "), UInt8(ascii: "\t")].contains(source.bytes[last - 1]) { last -= 1 }
    return SourceRange(source, start, max(last, start))
  }
}
