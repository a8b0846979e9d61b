import Arrays

/// The shape of one tensor as far as the script tells: nil is a dimension that is known only when data flows (`None`).
///
/// Shapes of layers leave the batch dimension out; `(None, 28, 28)` of Keras is `28×28` here.
package struct Shape: Sendable, Equatable {
  package var dimensions: [Int?]
  package init(_ dimensions: [Int?]) { self.dimensions = dimensions }
  package var rank: Int { dimensions.count }
  /// How many elements an example has; nil where a dimension is open, or where they cannot be counted in 64 bits.
  package var elementCount: Int? {
    dimensions.reduce(Optional(1)) { count, dimension in
      guard let count, let dimension else { return nil }
      let (product, overflows) = count.multipliedReportingOverflow(by: dimension)
      return overflows ? nil : product
    }
  }
  /// As findings show it: `26×26×32`, `?×8`, `a single number` for rank 0.
  package var description: String {
    dimensions.isEmpty ? "a single number" : dimensions.map { $0.map(String.init) ?? "?" }.joined(separator: "×")
  }
  /// As scripts write it: `(26, 26, 32)`, `(None, 8)`, `(8,)`.
  package var tupleText: String {
    "(" + dimensions.map { $0.map(String.init) ?? "None" }.joined(separator: ", ") + (rank == 1 ? ",)" : ")")
  }
  /// The same shape with another last dimension.
  package func replacingLast(with dimension: Int?) -> Shape { Shape(Array(dimensions.dropLast()) + [dimension]) }
}

/// A tensor that flows between layers: its shape without the batch, and the type of its elements.
package struct TensorSpec: Sendable, Equatable {
  package var shape: Shape
  package var type: ElementType
  package init(_ shape: Shape, _ type: ElementType = .float32) {
    self.shape = shape
    self.type = type
  }
}

/// A weight that a layer will own, in creation order; the order is also that of Keras's files.
package struct WeightSpec: Sendable, Equatable {
  package let name: String
  package let shape: [Int]
  package let isTrainable: Bool
  /// How many inputs and how many outputs meet in it, where the shape does not tell; initializers scale by them.
  package let fans: [Int]?
  /// The path, below the layer, of the inner layer that owns it: the folder it has in Keras's files, such as `cell` or
  /// `forward_layer/cell`; empty for a weight of the layer's own.
  package let group: String
  /// The path of a layer around its own that holds it too, so that Keras writes it twice; nil for all but a few.
  package let holder: String?
  package init(
    _ name: String, _ shape: [Int], isTrainable: Bool = true, fans: [Int]? = nil, group: String = "", holder: String? = nil
  ) {
    self.name = name
    self.shape = shape
    self.isTrainable = isTrainable
    self.fans = fans
    self.group = group
    self.holder = holder
  }
}

extension WeightSpec {
  /// The same as a weight of a layer around its own: `inner` is its layer's name there, `group` that layer's folder.
  package func inside(_ inner: String, group outer: String) -> WeightSpec {
    func below(_ path: String) -> String { path.isEmpty ? outer : "\(outer)/\(path)" }
    return WeightSpec(
      "\(inner)/\(name)", shape, isTrainable: isTrainable, fans: fans, group: below(group), holder: holder.map(below))
  }

  /// The same, held by the layer itself beside the inner one that owns it.
  package var heldOutside: WeightSpec {
    WeightSpec(name, shape, isTrainable: isTrainable, fans: fans, group: group, holder: "")
  }

  /// How many numbers it holds; `Int.max` where they cannot be counted.
  package var count: Int { Shape(shape.map { $0 }).elementCount ?? .max }
}

extension Sequence<WeightSpec> {
  /// How many numbers they hold together; `Int.max` where they cannot be counted.
  package var totalCount: Int {
    reduce(0) { total, weight in
      let (sum, overflows) = total.addingReportingOverflow(weight.count)
      return overflows ? .max : sum
    }
  }
}

/// What a layer says of the tensors it is given.
package struct LayerShape: Sendable {
  package var outputs: [TensorSpec]
  package var weights: [WeightSpec]
  /// Nil where nothing is odd.
  package var oddity: Oddity?
  /// Whether a dimension is open that follows from what the layer has yet to learn.
  package var awaitsLearning = false

  /// What is worth a warning though Keras allows it.
  package struct Oddity: Sendable {
    /// What is odd: a clause that completes "`Dense` …".
    let message: String
    /// What to do about it.
    let hint: String
    /// Whether it is odd of what enters a model only, and natural of what layers compute.
    let isOfData: Bool

    package init(_ message: String, hint: String, isOfData: Bool = false) {
      self.message = message
      self.hint = hint
      self.isOfData = isOfData
    }
  }

  package init(_ output: TensorSpec, weights: [WeightSpec] = [], oddity: Oddity? = nil) {
    self.init(outputs: [output], weights: weights, oddity: oddity)
  }
  package init(outputs: [TensorSpec], weights: [WeightSpec] = [], oddity: Oddity? = nil) {
    precondition(!outputs.isEmpty, "a layer gives at least one tensor")
    self.outputs = outputs
    self.weights = weights
    self.oddity = oddity
  }

  /// The first, and most often only, tensor.
  package var output: TensorSpec { outputs[0] }
}

/// Why a layer cannot take the tensors it is given; the checker adds the places.
package struct ShapeError: Error, Sendable {
  /// A clause that completes "`Dense` …": "needs at least one dimension, but gets a single number".
  package let problem: String
  package let hint: String?
  package init(_ problem: String, hint: String? = nil) {
    self.problem = problem
    self.hint = hint
  }
}
