import Arrays
import Glibc
import Lambdas
import Plans

/// Points in the plane that belong to classes, drawn for teaching: each gives `(x, y)`, x float32 [n_samples, features] and y int64
/// [n_samples]. The parameters are scikit-learn's, the numbers our own streams'.
enum MadePoints {
  static let entries = [moons, circles, spirals, blobs]

  private static let count = Parameter<Int>("n_samples", "how many points", min: 1, max: 100_000_000, default: 100)
  private static let shuffle = Parameter<Bool>("shuffle", "whether the classes are mixed", default: true)
  private static let noise = Parameter<Double?>.optional(
    Parameter<Double>("noise", "the standard deviation of what is added to every coordinate", min: 0))
  private static let seed = Parameter<Int?>.optional(
    Parameter<Int>("random_state", "a seed of its own; none follows from the run's", min: 0))
  private static let factor = Parameter<Double>(
    "factor", "the inner circle's radius as a share of the outer's", min: 0, max: 1, excludesMax: true, default: 0.8)
  private static let classes = Parameter<Int>("classes", "how many arms", min: 1, max: 1000, default: 2)
  private static let turns = Parameter<Double>("turns", "how often an arm winds around the middle", min: 0, default: 1.5)
  private static let features = Parameter<Int>("n_features", "how many coordinates a point has", min: 1, max: 100_000, default: 2)
  private static let centers = Parameter<Int>("centers", "how many blobs", min: 1, max: 100_000, default: 3)
  private static let spread = Parameter<Double>("cluster_std", "the standard deviation within a blob", min: 0, default: 1)

  /// Two half circles that reach into each other.
  private static let moons = entry(
    "make_moons", "Points on two half circles that reach into each other.", [count, shuffle, noise, seed], classCount: { _ in 2 }
  ) { arguments, stream in
    let count = arguments[count]
    let first = count / 2
    return Points(features: 2, count: count) { row in
      let isFirst = row < first
      let angle = .pi * position(isFirst ? row : row - first, of: isFirst ? first : count - first)
      return isFirst ? ([cos(angle), sin(angle)], 0) : ([1 - cos(angle), 0.5 - sin(angle)], 1)
    }
  }

  /// A circle within another.
  private static let circles = entry(
    "make_circles", "Points on a circle within another.", [count, shuffle, noise, seed, factor], classCount: { _ in 2 }
  ) { arguments, stream in
    let (count, factor) = (arguments[count], arguments[factor])
    let first = count / 2
    return Points(features: 2, count: count) { row in
      let isFirst = row < first
      let angle = 2 * .pi * Double(isFirst ? row : row - first) / Double(max(isFirst ? first : count - first, 1))
      let radius = isFirst ? 1 : factor
      return ([radius * cos(angle), radius * sin(angle)], isFirst ? 0 : 1)
    }
  }

  /// Arms that wind around the middle.
  private static let spirals = entry(
    "make_spirals", "Points on arms that wind around the middle, a class each.", [count, shuffle, noise, seed, classes, turns],
    classCount: { $0[classes] }
  ) { arguments, stream in
    let (count, arms, turns) = (arguments[count], arguments[classes], arguments[turns])
    return Points(features: 2, count: count) { row in
      let arm = row * arms / count
      let (start, end) = ((arm * count + arms - 1) / arms, ((arm + 1) * count + arms - 1) / arms)
      let radius = position(row - start, of: end - start)
      let angle = 2 * .pi * (turns * radius + Double(arm) / Double(arms))
      return ([radius * cos(angle), radius * sin(angle)], arm)
    }
  }

  /// Round clouds around random middles.
  private static let blobs = entry(
    "make_blobs", "Points in round clouds around random middles, a class each.",
    [count, features, centers, spread, shuffle, seed],
    classCount: { $0[centers] }
  ) { arguments, stream in
    let (count, width, blobs, spread) = (arguments[count], arguments[features], arguments[centers], arguments[spread])
    let (middles, offsets) = (stream.substream("centers"), stream.substream("points"))
    return Points(features: width, count: count) { row in
      let blob = row % blobs
      let coordinates = (0..<width).map { feature in
        20 * middles.uniform(blob * width + feature) - 10 + spread * offsets.normal(row * width + feature)
      }
      return (coordinates, blob)
    }
  }

  /// Where the row-th of some points evenly spread over 0…1 lies, ends included.
  private static func position(_ row: Int, of count: Int) -> Double { count > 1 ? Double(row) / Double(count - 1) : 0 }

  /// Points before they are mixed.
  private struct Points {
    let features: Int
    let count: Int
    let point: (_ row: Int) -> (coordinates: [Double], label: Int)
  }

  private static func entry(
    _ name: String, _ summary: String, _ parameters: [any DescribedParameter], classCount: @escaping @Sendable (Arguments) -> Int,
    _ points: @escaping @Sendable (Arguments, RandomStream) -> Points
  ) -> Entry {
    Entry(
      .dataset, Signature(name, summary, parameters.map(\.description), example: "x, y = \(name)(n_samples=200)"),
      .function(
        FunctionTraits(
          giving: .tuple([.array(.float32, shape: [nil, nil]), .array(.int64, shape: [nil])]),
          forecast: { arguments throws(Failure) in
            let width = arguments["n_features"] == nil ? 2 : arguments[features]
            let rows = arguments[count]
            return .tuple([.type(.array(.float32, shape: [rows, width])), .type(.array(.int64, shape: [rows]))])
          },
          placedCall: { arguments, surroundings throws(Failure) in
            let stream = arguments[seed].map { RandomStream(seed: $0, name) } ?? surroundings.stream
            return try arrays(points(arguments, stream), arguments, stream)
          })))
  }

  private static func arrays(_ points: Points, _ arguments: Arguments, _ stream: RandomStream) throws(Failure) -> Value {
    let shape = [points.count, points.features]
    guard NDArray.fitsMemory(.float64, shape: shape) else {
      throw Failure("an array of shape \(NDArray.pythonTuple(shape)) does not fit into the machine's memory")
    }
    let order =
      arguments[shuffle] ? stream.substream("shuffle").permutation(of: points.count).map(Int.init) : Array(0..<points.count)
    let noise = arguments["noise"] == nil ? 0 : arguments[noise] ?? 0
    let noises = stream.substream("noise")
    var x = NDArray(.float32, shape: shape)
    var y = NDArray(.int64, shape: [points.count])
    x.withMutableElements(as: Float.self) { x in
      y.withMutableElements(as: Int64.self) { y in
        for (row, source) in order.enumerated() {
          let (coordinates, label) = points.point(source)
          for (feature, value) in coordinates.enumerated() {
            let index = source * points.features + feature
            x[row * points.features + feature] = Float(noise == 0 ? value : value + noise * noises.normal(index))
          }
          y[row] = Int64(label)
        }
      }
    }
    return .tuple([.array(x), .array(y)])
  }
}

/// A parameter whatever its type.
private protocol DescribedParameter { var description: ParameterDescription { get } }
extension Parameter: DescribedParameter {}
