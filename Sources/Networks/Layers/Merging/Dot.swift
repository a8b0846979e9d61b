import Lambdas
import Plans
import Tensors

/// Sums of products of two tensors along one axis of each, example by example.
struct Dot: Layer {
  static let axes = Parameter<[Int]>(
    "axes", "the axis of both along which products are summed, or one of each",
    .either([.integer(), .list(.integer(), min: 2, max: 2)]), decode: Axes.decode)
  static let normalize = Parameter<Bool>(
    "normalize", "whether to scale both to length 1 along that axis first, which gives their cosine", default: false)
  static let signature = Signature(
    "Dot", "Sums products of two tensors along an axis.", [axes.description, normalize.description], formula: "Σ a · b",
    example: twoInputs("Dot(axes=1)"))
  static let abilities: Set<Ability> = [.merges]

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    try checkCount(inputs, 2)
    let axes = arguments[axes]
    let (a, b) = (inputs[0].shape, inputs[1].shape)
    let (i, j) = (try Axes.place(axes[0], in: a), try Axes.place(axes[axes.count - 1], in: b))
    guard canBeEqual(a.dimensions[i - 1], b.dimensions[j - 1]) else {
      throw ShapeError(
        "sums products along axis \(i) of \(a.description) and axis \(j) of \(b.description), which are of different sizes")
    }
    var result = a.dimensions
    result.remove(at: i - 1)
    var rest = b.dimensions
    rest.remove(at: j - 1)
    result += rest
    return LayerShape(TensorSpec(Shape(result.isEmpty ? [1] : result)))
  }

  let axes: [Int]
  let normalize: Bool
  init(_ arguments: Arguments) {
    axes = arguments[Dot.axes]
    normalize = arguments[Dot.normalize]
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    let (a, b) = (graph.shape(of: inputs[0]), graph.shape(of: inputs[1]))
    let i = Axes.places([axes[0]], rank: a.count)[0]
    let j = Axes.places([axes[axes.count - 1]], rank: b.count)[0]
    var factors = inputs
    if normalize {
      factors = zip(inputs, [i, j]).map { node, axis in unitLength(node, axes: [axis], epsilon: 1e-7, in: &graph) }
    }
    let (aRest, bRest) = (a.indices.filter { $0 != 0 && $0 != i }, b.indices.filter { $0 != 0 && $0 != j })
    let left = graph.transpose(factors[0], [0] + aRest + [i])  // [batch, …, size]
    let right = graph.transpose(factors[1], [0, j] + bRest)  // [batch, size, …]
    let (rows, columns) = (aRest.map { a[$0] }, bRest.map { b[$0] })
    let product = graph.matrixProduct(
      graph.reshape(left, [a[0], rows.reduce(1, *), a[i]]), graph.reshape(right, [b[0], b[j], columns.reduce(1, *)]))
    let result = rows + columns
    return graph.reshape(product, [a[0]] + (result.isEmpty ? [1] : result))
  }
}

/// `x / ‖x‖` along axes; what is shorter than epsilon is divided by that.
func unitLength(_ x: Node, axes: [Int], epsilon: Double, in graph: inout Graph) -> Node {
  let squares = graph.reduceSum(graph.square(x), axes: axes, keepDimensions: true)
  let factor = graph.minimum(graph.apply(.reciprocalSqrt, squares), graph.constant(1 / epsilon))
  return graph.multiply(x, factor)
}
