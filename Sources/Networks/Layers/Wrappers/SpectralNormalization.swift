import Lambdas
import Plans
import Tensors

/// A layer whose kernel is divided by its largest singular value before each step of training.
///
/// That value is what one vector, kept from step to step, finds by the power iteration: `v = u · Wᵀ / ‖·‖`, `u = v · W / ‖·‖`,
/// `σ = v · W · uᵀ`, W being the kernel as a matrix [inputs, filters]. The kernel itself becomes `W / σ` and is trained as that, which
/// Keras does on TensorFlow and PyTorch; its trainer on JAX drops the change.
struct SpectralNormalization: Layer {
  static let layer = Parameter<Configured>.layer("layer", "the layer whose kernel, or embeddings, are normalised")
  static let powerIterations = Parameter<Int>(
    "power_iterations", "how many steps of the power iteration each step of training makes", min: 1, max: 1000, default: 1)
  static let signature = Signature(
    "SpectralNormalization", "Holds the largest singular value of a layer's kernel at 1, so that no input grows in it.",
    [layer.description, powerIterations.description], formula: "kernel / σ(kernel)",
    source: "Miyato, Kataoka, Koyama and Yoshida, 2018: Spectral normalization for generative adversarial networks",
    example: "Input((8, 8, 3))\nSpectralNormalization(Conv2D(4, 3))")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let inner = InnerLayer(arguments[layer], group: "layer")
    var shape = try inner.shape([try onlyInput(inputs)])
    guard let kernel = shape.weights.first(where: { kernelNames(inner).contains($0.name) }), let filters = kernel.shape.last
    else {
      throw ShapeError(
        "normalises a kernel or embeddings, and `\(inner.configured.entry.name)` has neither of its own",
        hint: "wrap `Dense`, `EinsumDense`, `Embedding` or a convolution.")
    }
    let others = shape.weights.filter { $0.name != kernel.name }
    shape.weights = [kernel.heldOutside, WeightSpec("vector_u", [1, filters], isTrainable: false)] + others
    return shape
  }

  private static func kernelNames(_ inner: InnerLayer) -> [String] { ["kernel", "embeddings"].map { "\(inner.name)/\($0)" } }

  private let inner: InnerLayer
  private let powerIterations: Int
  let weightRules: [String: WeightRules]

  static let mixesRows = true
  init(_ arguments: Arguments) {
    inner = InnerLayer(arguments[SpectralNormalization.layer], group: "layer")
    powerIterations = arguments[SpectralNormalization.powerIterations]
    let beginning = WeightRules.beginning(as: "TruncatedNormal", ["mean": .float(0), "stddev": .float(0.02), "seed": .none])
    weightRules = inner.weightRules.merging(["vector_u": beginning]) { first, _ in first }
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    if use.isTraining { normalize(into: &graph, &use) }
    let layer = inner.layer
    let output = use.within(inner.name) { use in layer.emitAll(inputs, into: &graph, &use)[0] }
    inner.regularize([output], into: &graph, &use)
    return output
  }

  /// Replaces the kernel and moves the vector on; a kernel of zeros stays what it is, and so does the vector.
  private func normalize(into graph: inout Graph, _ use: inout LayerUse) {
    guard let name = SpectralNormalization.kernelNames(inner).first(where: { use.weights[$0] != nil }) else {
      preconditionFailure("the shape rule has found a kernel")
    }
    let precision = graph.precision
    graph.precision = .float32
    defer { graph.precision = precision }
    let kernel = use.needed(name, in: &graph)
    let first = use.assignments["vector_u"] ?? use.needed("vector_u", in: &graph)
    let shape = graph.shape(of: kernel)
    let filters = shape[shape.count - 1]
    let next = graph.formula([kernel, first]) { terms -> (kernel: Node, vector: Node) in
      let matrix = terms[0].reshaped([shape.dropLast().reduce(1, *), filters])
      var (u, image) = (terms[1], terms[1])  // [1, filters]
      for _ in 0..<powerIterations {
        let v = unit(product(u, matrix, transposeB: true))  // [1, inputs]
        image = product(v, matrix)
        u = unit(image)
      }
      let hasValues = sum(abs(terms[0])) .> 0
      let normalized = select(hasValues, terms[0] / sum(image * u), terms[0])
      return (normalized.node, select(hasValues, u, terms[1]).node)
    }
    use.replace(name, by: next.kernel)
    use.assignments["vector_u"] = next.vector
  }

  /// A vector of length 1, or all zeros.
  private func unit(_ x: Term) -> Term { x * min(reciprocalSqrt(sum(square(x))), 1e7) }
}
