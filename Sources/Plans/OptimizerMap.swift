import Lambdas

/// Which of several optimizers takes which weights: what `OptimizerMap(default, {"encoder/.*": Adam()})` says.
///
/// A key is the path of a weight (`dense/kernel`), or a regular expression that a whole path matches. Paths are tried with and without
/// the names of the models around the layer: Keras puts a Sequential's name before its weights' while the model is made by a script, and
/// not when it is read from a file, so that there a map that was meant for the one means nothing for the other. A key that is a path in any
/// form comes first; then the longest form that some expression matches decides.
package struct OptimizerMap {
  /// What a weight's paths lead to.
  package enum Match: Equatable {
    /// Into `optimizers`.
    case optimizer(Int)
    /// Several keys that disagree.
    case conflict([String])
  }

  /// Each optimizer once: those of the keys in their order, then the one for all other weights, as in Keras.
  package let optimizers: [Configured]
  /// What they are called in logs: Keras counts names of one class in the order in which the objects were made.
  package let names: [String]
  private let entries: [Entry]
  private let otherwise: Int

  private struct Entry {
    let key: String
    let pattern: Regex<AnyRegexOutput>?
    let optimizer: Int

    func matches(_ path: String) -> Bool { pattern.map { path.wholeMatch(of: $0) != nil } ?? false }
  }

  /// Nil for what is no `OptimizerMap`.
  package init?(_ map: Configured) {
    guard case .object(let fallback as Configured)? = map.arguments[Self.defaultOptimizer] else { return nil }
    var optimizers: [Configured] = []
    func place(of optimizer: Configured) -> Int {
      if let place = optimizers.firstIndex(where: { $0 === optimizer }) { return place }
      optimizers.append(optimizer)
      return optimizers.count - 1
    }
    entries = Self.entries(map.arguments[Self.map]).compactMap { key, value in
      guard case .object(let optimizer as Configured) = value else { return nil }
      return Entry(key: key, pattern: try? Regex(key), optimizer: place(of: optimizer))
    }
    otherwise = place(of: fallback)
    self.optimizers = optimizers
    names = Self.names(of: optimizers)
  }

  /// The optimizer of a weight, given all forms of its path.
  package func match(_ paths: [String]) -> Match {
    if let exact = entries.first(where: { paths.contains($0.key) }) { return .optimizer(exact.optimizer) }
    let matching = paths.lazy.map { path in entries.filter { $0.matches(path) } }.first { !$0.isEmpty } ?? []
    if Set(matching.map(\.optimizer)).count > 1 { return .conflict(matching.map(\.key)) }
    return .optimizer(matching.first?.optimizer ?? otherwise)
  }

  /// A weight of a model that keys give to different optimizers; nil where each has one.
  package func conflict(in model: ModelPlan) -> (weight: String, keys: [String])? {
    for weight in model.weightPaths {
      if case .conflict(let keys) = match(OptimizerMap.paths(of: weight, in: model.name)) { return (weight, keys) }
    }
    return nil
  }

  /// The keys that lead none of these weights to their optimizer.
  package func unused(by weights: [[String]]) -> [String] {
    entries.filter { entry in !weights.contains { $0.contains { $0 == entry.key || entry.matches($0) } } }.map(\.key)
  }

  /// All forms of a weight's path, the longest first: `net/encoder/dense/kernel`, `encoder/dense/kernel`, `dense/kernel`.
  package static func paths(of weight: String, in model: String) -> [String] {
    let parts = [Substring(model)] + weight.split(separator: "/")
    return (0...max(0, parts.count - 2)).map { parts[$0...].joined(separator: "/") }
  }

  // MARK: Arguments

  /// The parameters of `OptimizerMap`, and that of `MultiOptimizer`.
  package static let defaultOptimizer = "default_optimizer"
  package static let map = "optimizer_map"

  /// Why a key or an optimizer cannot be in a map; nil if they can.
  package static func conflict(_ arguments: Arguments) -> ArgumentConflict? {
    func problem(_ value: Value?, of parameter: String) -> ArgumentConflict? {
      guard case .object(let optimizer as Configured)? = value, optimizer.handsOn else { return nil }
      return ArgumentConflict(
        of: parameter, "cannot hand weights to `\(optimizer.entry.name)`, which hands them on itself",
        hint: optimizer.innerOptimizer == nil
          ? "put its optimizers into this map." : "wrap the whole: `LossScaleOptimizer(MultiOptimizer(…))`.")
    }
    if let problem = problem(arguments.values[defaultOptimizer], of: defaultOptimizer) { return problem }
    guard case .dict(let dict)? = arguments.values[map] else { return nil }
    for (key, value) in zip(dict.keys, dict.values) {
      guard let pattern = key.asString, (try? Regex(pattern)) != nil else {
        return ArgumentConflict(
          of: map, "needs the paths of weights or regular expressions for them, and \(Operations.representation(key)) is none",
          hint: "`\"encoder/.*\"` stands for all weights of the layer or model `encoder`.")
      }
      if let problem = problem(value, of: map) { return problem }
    }
    return nil
  }

  private static func entries(_ value: Value?) -> [(key: String, value: Value)] {
    guard case .dict(let dict)? = value else { return [] }
    return zip(dict.keys, dict.values).compactMap { key, value in key.asString.map { ($0, value) } }
  }

  private static func names(of optimizers: [Configured]) -> [String] {
    var names = [String](repeating: "", count: optimizers.count)
    var counts: [String: Int] = [:]
    for index in optimizers.indices.sorted(by: { optimizers[$0].serial < optimizers[$1].serial }) {
      let name = optimizers[index].optimizerName
      let count = counts[name, default: 0]
      counts[name] = count + 1
      names[index] = count == 0 ? name : "\(name)_\(count)"
    }
    return names
  }
}
