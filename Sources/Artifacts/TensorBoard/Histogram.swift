import Arrays

/// How many of an array's elements lie in each of 30 equal parts of their range, as TensorBoard's summaries count them.
///
/// Elements that are no numbers are left out; where nothing is left, or the range is infinite, the parts are empty.
struct Histogram {
  static let bucketCount = 30

  struct Bucket: Equatable {
    var left, right: Double
    var count = 0.0
  }

  let buckets: [Bucket]

  init(of array: NDArray) {
    let values = array.doubles.filter { !$0.isNaN }
    guard let least = values.min(), let greatest = values.max(), (greatest - least).isFinite else {
      buckets = Array(repeating: Bucket(left: 0, right: 0), count: Self.bucketCount)
      return
    }
    let count = Double(Self.bucketCount)
    if least == greatest {
      var same = Array(repeating: Bucket(left: least, right: least), count: Self.bucketCount)
      same[Self.bucketCount - 1].count = Double(values.count)
      buckets = same
      return
    }
    let width = (greatest - least) / count
    // The last edge is the greatest element itself, which adding up might miss.
    let edges = (0..<Self.bucketCount).map { least + Double($0) * width } + [greatest]
    var made = zip(edges, edges.dropFirst()).map { Bucket(left: $0, right: $1) }
    for value in values {
      // A width so small that it is zero puts all above the least into the last part.
      let place = ((value - least) / width).rounded(.down)
      made[place < count ? Int(place) : Self.bucketCount - 1].count += 1
    }
    buckets = made
  }
}
