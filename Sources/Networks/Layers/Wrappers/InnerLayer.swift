import Lambdas
import Plans
import Tensors

/// A layer that is an argument of another: its weights are the outer layer's, under its name and in its folder of files.
struct InnerLayer: Sendable {
  let configured: Configured
  let name: String
  let group: String

  /// `name`: what the outer layer calls it; nil for the name that the script gave it, or that of its class.
  init(_ configured: Configured, name: String? = nil, group: String) {
    self.configured = configured
    self.name = name ?? InnerLayer.name(of: configured)
    self.group = group
  }

  static func name(of configured: Configured) -> String {
    configured.arguments["name"]?.asString ?? LayerNames.snakeCase(configured.entry.name)
  }

  var layer: any Layer { makeLayer(configured) }

  /// Whether the script froze it.
  private var isFrozen: Bool { if case .bool(false)? = configured.arguments["trainable"] { true } else { false } }

  /// What it says of tensors, its weights as those of the outer layer.
  func shape(_ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    var shape = try ownShape(inputs)
    shape.weights = shape.weights.map { weight in
      let own = WeightSpec(
        weight.name, weight.shape, isTrainable: weight.isTrainable && !isFrozen, fans: weight.fans, group: weight.group,
        holder: weight.holder)
      return own.inside(name, group: group)
    }
    return shape
  }

  /// What it says of tensors by itself.
  func ownShape(_ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    guard case .layer(let rule) = configured.entry.meaning,
      configured.entry.abilities.isDisjoint(with: [.takesValues, .isFollowed, .merges])
    else { throw ShapeError("cannot hold `\(configured.entry.name)`") }
    do { return try rule(configured.arguments, inputs) } catch {
      throw ShapeError("holds `\(configured.entry.name)`, which \(error.problem)", hint: error.hint)
    }
  }

  /// Adds what the loss adds for what it gives, where it is called as a layer of its own.
  func regularize(_ outputs: [Node], into graph: inout Graph, _ use: inout LayerUse) {
    guard !type(of: layer).regularizesItself, let regularizer = ActivityRegularizer.of(configured.arguments) else { return }
    for output in outputs { use.addLoss(regularizer.emit(output: output, into: &graph)) }
  }

  var weightRules: [String: WeightRules] {
    Dictionary(uniqueKeysWithValues: layer.weightRules.map { ("\(name)/\($0)", $1) })
  }
}

extension Parameter where Argument == Configured {
  /// A layer as an argument of a layer.
  static func layer(_ name: String, _ help: String) -> Parameter<Configured> { Parameter(name, help, .layer) }
}
