import Diagnostics
import Lambdas
import Syntax

/// Models that carry states from batch to batch: all their batches are of one size.
extension Interpreter {
  /// Tells data whose last batch would be smaller, and batches of another size than the model's input was given.
  func checkBatches(
    _ call: BoundCall, of model: ModelObject, verb: Run.Verb, data: RunData, validation: RunData?, at range: SourceRange
  ) {
    guard model.plan.carriesStates, !data.spec.isBatched, let count = data.spec.count else { return }
    let size = call["batch_size"]?.value?.asInteger ?? 32
    let batch = model.plan.fixedBatch ?? size
    let place = call.ranges["batch_size"] ?? range
    func check(_ count: Int, _ what: String, by size: Int) {
      if count > 0, size != batch || !count.isMultiple(of: size) {
        report(.unequalBatches(model.plan.name, what, count: count, batch: batch, size: size, at: place))
      }
    }
    let split = validation == nil && verb == .fit ? call["validation_split"]?.value?.asDouble ?? 0 : 0
    let kept = split > 0 ? Int((Double(count) * (1 - split)).rounded(.down)) : count
    check(kept, verb == .fit ? "training example" : "example", by: size)
    guard verb == .fit, let held = validation?.spec.count ?? (split > 0 ? count - kept : nil) else { return }
    check(held, "validation example", by: call["validation_batch_size"]?.value?.asInteger ?? size)
  }
}

extension ModelPlan {
  /// Whether a layer of it goes on in each batch from where the one before ended.
  var carriesStates: Bool {
    layers.contains { layer in layer.nested?.plan.carriesStates ?? layer.configured.carriesStates }
  }

  /// The size of batches that its inputs were given; nil where they take any.
  package var fixedBatch: Int? { layers.lazy.compactMap(\.configured.fixedBatch).first }
}

extension Configured {
  /// Whether it, or a layer that it holds, is `stateful`.
  fileprivate var carriesStates: Bool {
    if case .bool(true)? = arguments["stateful"] { return true }
    return ["layer", "backward_layer"].contains { name in
      guard case .object(let object)? = arguments[name] else { return false }
      return (object as? Configured)?.carriesStates ?? (object as? ModelObject)?.plan.carriesStates ?? false
    }
  }

  /// The size of batches that an input was given: `Input((10, 4), batch_size=8)`; nil for others.
  package var fixedBatch: Int? {
    if let size = arguments["batch_size"]?.asInteger { return size }
    guard case .tuple(let sizes)? = arguments["batch_shape"] else { return nil }
    return sizes.first?.asInteger
  }
}
