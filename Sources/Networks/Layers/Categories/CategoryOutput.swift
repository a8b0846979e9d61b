import Arrays
import Lambdas
import Plans
import Tensors

/// How layers give category numbers: as they are, or encoded over the categories.
enum CategoryOutput: String, CaseIterable {
  case numbers = "int"
  /// A row for each number: 1 at its place.
  case oneHot = "one_hot"
  /// A row for each example: 1 at every place that occurs.
  case multiHot = "multi_hot"
  /// The same with how often.
  case count
  /// The same weighted by how rare a category is.
  case weightedCount = "tf_idf"

  static func parameter(_ modes: [CategoryOutput], default defaultMode: CategoryOutput) -> Parameter<String> {
    Parameter<String>(
      "output_mode", "what is given: numbers, a one for each, or a sum for each example", .choice(modes.map(\.rawValue)),
      default: defaultMode.rawValue)
  }

  static let sparse = Parameter<Bool>("sparse", "accepted as False: there are no sparse tensors", default: false)

  /// Throws where a sparse tensor is asked for.
  static func checkDense(_ arguments: Arguments) throws(ShapeError) {
    if arguments[sparse] { throw ShapeError("gives plain tensors, and none that are sparse", hint: "leave `sparse` out.") }
  }

  init(_ name: String) { self = CategoryOutput(rawValue: name) ?? .numbers }

  /// The shape of an example's encoding, from its numbers'; nil as depth where that is not known.
  func shape(_ numbers: Shape, depth: Int?) throws(ShapeError) -> Shape {
    switch self {
    case .numbers: return numbers
    case .oneHot:
      return Shape((numbers.dimensions.last == .some(1) ? numbers.dimensions.dropLast() : numbers.dimensions[...]) + [depth])
    case .multiHot, .count, .weightedCount:
      guard numbers.rank >= 1 else {
        throw ShapeError(
          "sums over the categories of an example, but each is a single number", hint: "use `output_mode=\"one_hot\"`.")
      }
      return Shape(numbers.dimensions.dropFirst() + [depth])
    }
  }

  /// The encoding in a network: numbers [batch, …] int32, perhaps with weights of the same shape.
  func emit(_ numbers: Node, depth: Int, weights: Node? = nil, into graph: inout Graph) -> Node {
    switch self {
    case .numbers: return numbers
    case .oneHot:
      let shape = graph.shape(of: numbers)
      let flat = shape.count > 1 && shape.last == 1 ? graph.reshape(numbers, shape.dropLast()) : numbers
      return graph.oneHot(flat, depth: depth)
    case .multiHot: return graph.reduceMax(graph.oneHot(numbers, depth: depth), axes: [1])
    case .count, .weightedCount:
      let ones = graph.oneHot(numbers, depth: depth)
      let counted = weights.map { graph.multiply(ones, graph.reshape($0, graph.shape(of: $0) + [1])) } ?? ones
      return graph.reduceSum(counted, axes: [1])
    }
  }

  /// The encoding of values: numbers of a shape whose first axis is the batch, or of one example if there is only one axis. A
  /// number outside of the categories counts for none. Throws where memory cannot hold the encoding.
  func encoded(
    _ numbers: [Int], shape: [Int], depth: Int, weights: [Double]? = nil
  ) throws(LearningFailure) -> (values: [Double], shape: [Int]) {
    if self != .numbers, !NDArray.fitsMemory(.float64, shape: [numbers.count, depth]) {
      throw LearningFailure("would encode \(numbers.count) numbers over \(depth) places, more than memory can hold")
    }
    switch self {
    case .numbers: return (numbers.map(Double.init), shape)
    case .oneHot:
      let outer = shape.count > 1 && shape.last == 1 ? Array(shape.dropLast()) : shape
      return (numbers.flatMap { number in (0..<depth).map { $0 == number ? 1 : 0 } }, outer + [depth])
    case .multiHot, .count, .weightedCount:
      let axis = shape.count > 1 ? 1 : 0
      let (outer, size) = (shape[..<axis].reduce(1, *), shape.isEmpty ? 1 : shape[axis])
      let inner = shape.isEmpty ? 1 : shape[(axis + 1)...].reduce(1, *)
      var sums = [Double](repeating: 0, count: outer * inner * depth)
      for (position, number) in numbers.enumerated() where (0..<depth).contains(number) {
        let place = (position / (size * inner) * inner + position % inner) * depth + number
        sums[place] = self == .multiHot ? 1 : sums[place] + 1
      }
      if let weights { for place in sums.indices { sums[place] *= weights[place % depth] } }
      return (sums, Array(shape[..<axis]) + (shape.isEmpty ? [] : shape[(axis + 1)...]) + [depth])
    }
  }
}
