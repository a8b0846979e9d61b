import Lambdas
import Plans
import SplitMix

@testable import Driver

/// A generator of scripts out of everything that the catalog holds: a network of any layers with any arguments, any optimizer, loss,
/// metrics and callbacks, each kept if the check has nothing against it. A script that it gives passes the check.
struct RandomScript {
  private var random: SplitMix
  /// The numbers that an example has.
  private let shape: [Int]
  private var layers: [String] = []
  private var compile: [(name: String, value: String)] = []
  private var callbacks: [String] = []
  private var settings = ["validation_split = 0.25"]
  private var later: [String] = []
  private var target = "np.random.uniform(size=(12, 3))"
  /// How many things of a kind have a name.
  private var names = 0

  /// The text of the script that a seed gives.
  static func text(seed: UInt64, passes: (String) -> Bool) -> String? {
    var script = RandomScript(seed: seed)
    return script.grow(passes) ? script.text : nil
  }

  private init(seed: UInt64) {
    random = SplitMix(state: seed)
    let shapes = [[6], [4], [5, 4], [6, 3], [6, 6, 3], [8, 8, 1], [4, 4, 4, 2]]
    shape = shapes[Int.random(in: 0..<shapes.count, using: &random)]
  }

  private var text: String {
    let tensors = (["inputs"] + layers.indices.map { "t\($0)" })
    let steps = layers.enumerated().map { "    t\($0.offset) = \($0.element)\n" }.joined()
    return """
      x = np.random.uniform(size=(12, \(shape.map(String.init).joined(separator: ", "))))
      y = \(target)
      model net {
          inputs = Input((\(shape.map { "\($0)," }.joined())))
      \(steps)    outputs = Dense(3, activation="sigmoid")(Flatten()(\(tensors.last ?? "inputs")))
      }
      compile net { \(compile.map { "\($0.name) = \($0.value)" }.joined(separator: "; ")) }
      fit net on (x, y) {
          epochs = 2; batch_size = 5; verbose = 0
          \(settings.joined(separator: "; "))
          callbacks = [\(callbacks.joined(separator: ", "))]
      }
      \(later.joined(separator: "\n"))

      """
  }

  /// What a training may be told besides, a compile, and what may be done with what is trained.
  private static let fitSettings = [
    "shuffle = False", "steps_per_epoch = 2", "validation_freq = 2", "class_weight = {0: 1.0, 1: 2.5, 2: 0.5}",
    "initial_epoch = 1",
    "sample_weight = np.linspace(0, 1, 12)", "validation_steps = 1", "validation_batch_size = 2", "validation_data = (x, y)",
  ]
  private static let compileSettings = [
    ("loss_weights", "0.5"), ("loss_weights", "[2.0]"), ("weighted_metrics", "[\"mae\"]"), ("steps_per_execution", "2"),
    ("auto_scale_loss", "False"), ("run_eagerly", "True"), ("jit_compile", "False"),
  ]
  private static let statements = [
    "evaluate net on (x, y) { verbose = 0 }", "print((predict net on x { verbose = 0 }).shape)", "save net to \"net.keras\"",
    "net.save_weights(\"net.weights.h5\"); net.load_weights(\"net.weights.h5\")", "print(len(net.get_weights()))",
    "net.summary()", "net.train_on_batch(x, y)", "save net to \"net.keras\"; print(load_model(\"net.keras\").count_params())",
    "fit net on (x, y) { epochs = 1; verbose = 0 }", "net.reset_metrics()", "net.optimizer.learning_rate = 0.01",
  ]

  // MARK: growth

  private mutating func grow(_ passes: (String) -> Bool) -> Bool {
    compile = [("optimizer", "\"adam\""), ("loss", "\"mse\"")]
    guard passes(text) else { return false }
    for _ in 0..<Int.random(in: 1...5, using: &random) {
      attempt(passes) { script in
        let layer = script.call(of: .layer, depth: 0)
        let inputs = (0..<2).map { _ in
          let place = Int.random(in: -1..<script.layers.count, using: &script.random)
          return place < 0 ? "inputs" : "t\(place)"
        }
        let last = script.layers.isEmpty ? "inputs" : "t\(script.layers.count - 1)"
        let joins = script.entry(named: layer, .layer)?.abilities.contains(.merges) ?? false
        script.layers.append("\(layer)(\(joins ? "[\(last), \(inputs[0])]" : last))")
      }
    }
    attempt(passes) { $0.compile[0].value = $0.call(of: $0.flip() ? .optimizer : .optimizerMap, depth: 0) }
    attempt(passes) { script in
      let targets = ["np.random.uniform(size=(12, 3))", "np.arange(12) % 3", "to_categorical(np.arange(12) % 3, 3)"]
      script.target = targets[Int.random(in: 0..<3, using: &script.random)]
      script.compile[1].value = script.call(of: .loss, depth: 0)
    }
    attempt(passes) { script in
      let metrics = (0..<Int.random(in: 1...2, using: &script.random)).map { _ in script.call(of: .metric, depth: 0) }
      script.compile.append(("metrics", "[\(metrics.joined(separator: ", "))]"))
    }
    for _ in 0..<Int.random(in: 0...2, using: &random) {
      attempt(passes) { $0.compile.append($0.pick(Self.compileSettings)) }
      attempt(passes) { $0.settings.append($0.pick(Self.fitSettings)) }
      attempt(passes) { $0.later.append($0.pick(Self.statements)) }
    }
    for _ in 0..<Int.random(in: 0...3, using: &random) {
      attempt(passes) { $0.callbacks.append($0.call(of: .callback, depth: 0)) }
    }
    return true
  }

  /// Makes a change that the check has nothing against, if one of a few is such.
  private mutating func attempt(_ passes: (String) -> Bool, _ change: (inout RandomScript) -> Void) {
    for _ in 0..<6 {
      var changed = self
      change(&changed)
      random = changed.random
      names = changed.names
      if passes(changed.text) {
        self = changed
        return
      }
    }
  }

  // MARK: calls and their arguments

  private static let entries: [Role: [Entry]] = Dictionary(
    uniqueKeysWithValues: Role.allCases.map { role in
      (role, CatalogTests.entries.filter { $0.role == role && $0.name != "Input" && !$0.abilities.contains(.takesValues) })
    })

  private func entry(named call: String, _ role: Role) -> Entry? {
    Self.entries[role]?.first { call.hasPrefix("\(role.namespace).\($0.name)(") }
  }

  private mutating func flip(_ probability: Double = 0.5) -> Bool { Double.random(in: 0..<1, using: &random) < probability }

  private mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[Int.random(in: 0..<elements.count, using: &random)]
  }

  /// A call of something of a role, with what it must have and some of what it may have.
  private mutating func call(of role: Role, depth: Int) -> String {
    guard let entries = Self.entries[role], !entries.isEmpty else { return "None" }
    let entry = pick(entries)
    var arguments: [String] = []
    for parameter in entry.settings where parameter.defaultValue == nil || flip(depth == 0 ? 0.3 : 0.1) {
      // Names of layers and the like are once only.
      if parameter.name == "name" || parameter.name == "dtype" { continue }
      if case .rest(let kind) = parameter.kind {
        arguments.insert(value(kind, depth: depth + 1), at: 0)
      } else {
        arguments.append("\(parameter.name)=\(value(parameter.kind, depth: depth + 1))")
      }
    }
    return "\(role.namespace).\(entry.name)(\(arguments.joined(separator: ", ")))"
  }

  private mutating func value(_ kind: ArgumentKind, depth: Int) -> String {
    switch kind {
    case .bool: return pick(["True", "False"])
    case .integer(let min, let max):
      let lowest = min ?? (max.map { $0 - 3 } ?? -2)
      return String(Int.random(in: lowest...Swift.max(lowest, Swift.min(max ?? .max, lowest + 4)), using: &random))
    case .number(let min, let max, let excludesMin, let excludesMax, _):
      let candidates = [min, max, 0.5, 0.1, 1e-3, 1, 2.5, 0].compactMap { $0 }.filter { number in
        number.isFinite && (min.map { excludesMin ? number > $0 : number >= $0 } ?? true)
          && (max.map { excludesMax ? number < $0 : number <= $0 } ?? true)
      }
      return candidates.isEmpty ? "0.5" : Operations.representation(.float(pick(candidates)))
    case .string: return pick(["\"a\"", "\"b\"", "\"loss\""])
    case .choice(let names): return Operations.representation(.string(pick(names)))
    case .list(let kind, let min, let max):
      let count = Int.random(in: min...Swift.max(min, Swift.min(max, min + 2)), using: &random)
      return "[" + (0..<count).map { _ in value(kind, depth: depth + 1) }.joined(separator: ", ") + "]"
    case .dict(let kind): return "{\(pick(["\"a\"", "0", "1"])): \(value(kind, depth: depth + 1))}"
    case .shape: return pick(["(4,)", "(2, 3)", "(3, 2)", "(-1,)", "(12,)", "(1, 6)", "(2, 2)"])
    case .entry(let role): return depth > 2 ? "None" : call(of: role, depth: depth + 1)
    case .function(let type): return function(type)
    case .monitor: return pick(["\"loss\"", "\"val_loss\"", "\"learning_rate\""])
    case .pathTemplate, .outputPath:
      names += 1
      let endings = [".keras", ".weights.h5", ".csv", "", "/{epoch}.keras", "-{epoch:02d}-{val_loss:.2f}.weights.h5"]
      return "\"out\(names)\(pick(endings))\""
    case .inputPath: return "\"nowhere\""
    case .array: return pick(["np.arange(4.0)", "np.ones((3,))", "x", "y", "np.ones((2, 3))"])
    case .data: return pick(["(x, y)", "x"])
    case .model: return "net"
    case .optional(let kind): return flip(0.2) ? "None" : value(kind, depth: depth)
    case .rest(let kind): return value(kind, depth: depth)
    case .either(let kinds): return value(pick(kinds), depth: depth)
    case .any: return pick(["1", "\"a\"", "None", "[1, 2]", "0.5"])
    }
  }

  private mutating func function(_ type: FunctionType) -> String {
    let names = type.parameters.map { $0.kind == .rest ? "*\($0.name)" : $0.kind == .keywordRest ? "**\($0.name)" : $0.name }
    let bodies =
      (names.first.map { [$0, "\($0) * 2", "print(\($0))"] } ?? []) + ["0.01", "1", "None"]
      + (names.contains("logs") ? ["logs[\"loss\"]", "print(logs.get(\"val_loss\"))", "f\"{logs['loss']:.3f}\""] : [])
    return "lambda \(names.joined(separator: ", ")): \(pick(bodies))"
  }
}
