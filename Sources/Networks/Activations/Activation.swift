import Lambdas
import Plans
import Tensors

/// An activation as a layer holds it: a function of the catalog with its arguments.
struct Activation: Sendable {
  let function: ActivationFunction
  let arguments: Arguments

  init(_ function: ActivationFunction, _ arguments: Arguments) {
    self.function = function
    self.arguments = arguments
  }

  /// The activation that a name or object of a script stands for.
  init(_ configured: Configured) { self.init(.named(configured.entry.name), configured.arguments) }

  /// The activation of a name; what is not given of its arguments takes its default.
  init(_ name: String, _ given: [String: Value] = [:]) {
    let function = ActivationFunction.named(name)
    let defaults = function.signature.parameters.compactMap { parameter in parameter.defaultValue.map { (parameter.name, $0) } }
    self.init(function, Arguments(given.merging(defaults) { given, _ in given }, given: Set(given.keys)))
  }

  var name: String { function.signature.name }

  /// Adds the operations that apply it: [batch, …] → the same, but for `glu`, which halves the last axis.
  func emit(_ input: Node, into graph: inout Graph) -> Node { graph.formula(input) { function.formula($0, arguments) } }

  /// The shape of its result for an input's, both without the batch. Throws where it cannot work on that shape.
  func shape(_ input: Shape) throws(ShapeError) -> Shape {
    guard let size = function.size else { return input }
    guard let last = input.dimensions.last else {
      throw ShapeError("needs at least one dimension for `\(name)`, but gets a single number")
    }
    guard let last else { return input }
    guard let result = size(last) else {
      throw ShapeError("cannot apply `\(name)` to \(input.description)", hint: "the last dimension must be even.")
    }
    return input.replacingLast(with: result)
  }

  /// What is odd about applying it to a last dimension of that size; nil if nothing is.
  func oddity(lastDimension size: Int?, unit: String) -> LayerShape.Oddity? {
    guard ["softmax", "sparsemax"].contains(name), size == 1 else { return nil }
    return LayerShape.Oddity(
      "gives 1.0 always: a \(name) over one \(unit)",
      hint: "use `activation=\"sigmoid\"` for one \(unit), or as many as there are classes."
    )
  }
}
