import Glibc

extension RandomSequence {
  /// The next number in 0..<1.
  mutating func nextUnit() -> Double { Double(nextPair().0 >> 11) * 0x1p-53 }

  /// The next standard normal number.
  mutating func nextNormal() -> Double {
    let (first, second) = nextPair()
    let radius = (-2 * log(1 - Double(first >> 11) * 0x1p-53)).squareRoot()
    return radius * cos(2 * .pi * (Double(second >> 11) * 0x1p-53))
  }

  /// An array of numbers that a function draws one by one.
  package mutating func each(
    _ shape: [Int], _ draw: (inout RandomSequence) throws(ArrayError) -> Double
  ) throws(ArrayError) -> NDArray {
    let count = try NDArray.count(of: shape)
    var numbers: [Double] = []
    numbers.reserveCapacity(count)
    for _ in 0..<count { numbers.append(try draw(&self)) }
    return NDArray(doubles: numbers, shape: shape)
  }

  /// An exponential number of mean 1.
  package mutating func exponential() -> Double { -log(1 - nextUnit()) }

  /// A number whose logarithm is normal.
  package mutating func logNormal(mean: Double, deviation: Double) -> Double { exp(mean + deviation * nextNormal()) }

  /// A gamma number of scale 1 (Marsaglia and Tsang, "A simple method for generating gamma variables", 2000).
  package mutating func gamma(_ shape: Double) -> Double {
    if shape < 1 { return gamma(shape + 1) * pow(1 - nextUnit(), 1 / shape) }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = nextNormal()
      let root = 1 + c * x
      if root <= 0 { continue }
      let v = root * root * root
      let u = 1 - nextUnit()
      if log(u) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
    }
  }

  /// A beta number, from two gamma ones.
  package mutating func beta(_ a: Double, _ b: Double) -> Double {
    let (x, y) = (gamma(a), gamma(b))
    return x + y == 0 ? 0 : x / (x + y)
  }

  /// A Poisson number: products of uniform ones below a mean of 30, else by rejection
  /// (Hörmann, "The transformed rejection method for generating Poisson random variables", 1993).
  package mutating func poisson(_ mean: Double) -> Double {
    if mean == 0 { return 0 }
    if mean < 30 {
      let limit = exp(-mean)
      var (count, product) = (0.0, nextUnit())
      while product > limit {
        count += 1
        product *= nextUnit()
      }
      return count
    }
    let root = mean.squareRoot()
    let b = 0.931 + 2.53 * root
    let a = -0.059 + 0.02483 * b
    let inverse = 1.1239 + 1.1328 / (b - 3.4)
    let bound = 0.9277 - 3.6224 / (b - 2)
    while true {
      let u = nextUnit() - 0.5
      let v = 1 - nextUnit()
      let us = 0.5 - u.magnitude
      let k = ((2 * a / us + b) * u + mean + 0.43).rounded(.down)
      if us >= 0.07, v <= bound { return k }
      if k < 0 || us < 0.013 && v > us { continue }
      if log(v) + log(inverse) - log(a / (us * us) + b) <= -mean + k * log(mean) - lgamma(k + 1) { return k }
    }
  }

  /// A binomial number: halved by beta numbers until few trials are left, which are made
  /// (Devroye, "Non-Uniform Random Variate Generation", 1986, X.4.4).
  package mutating func binomial(_ trials: Int, _ probability: Double) -> Double {
    var (n, p, count) = (trials, probability, 0)
    while n > 40 {
      let middle = 1 + n / 2
      let x = beta(Double(middle), Double(n - middle + 1))
      if x >= p {
        n = middle - 1
        p = x == 0 ? 0 : p / x
      } else {
        count += middle
        n -= middle
        p = (p - x) / (1 - x)
      }
    }
    for _ in 0..<n where nextUnit() < p { count += 1 }
    return Double(count)
  }

  /// Places among `count`, drawn evenly or with `weights` that add up to 1, each at most once unless `replacing`.
  package mutating func choice(of count: Int, shape: [Int], replacing: Bool, weights: [Double]?) throws(ArrayError) -> NDArray {
    let wanted = try NDArray.count(of: shape)
    guard count > 0 || wanted == 0 else { throw .value("a cannot be empty unless no samples are taken") }
    guard replacing || wanted <= count else { throw .value("Cannot take a larger sample than population when replace is False") }
    guard let weights else {
      if replacing { return try integers(0, Swift.max(count, 1), shape: shape) }
      _ = try NDArray.count(of: [count])
      return NDArray(integers: Array(permutation(count).prefix(wanted)), shape: shape)
    }
    guard weights.count == count else { throw .value("'a' and 'p' must have same size") }
    guard weights.allSatisfy({ $0 >= 0 }) else { throw .value("probabilities are not non-negative") }
    guard (weights.reduce(0, +) - 1).magnitude < 1e-8 else { throw .value("probabilities do not sum to 1") }
    if replacing {
      var sums: [Double] = []
      for weight in weights { sums.append((sums.last ?? 0) + weight) }
      let total = sums.last ?? 1
      let places = try uniform(0, 1, shape: shape).doubles.map { unit -> Int in
        var (low, high) = (0, sums.count - 1)
        while low < high {
          let middle = (low + high) / 2
          if sums[middle] / total > unit { high = middle } else { low = middle + 1 }
        }
        return low
      }
      return NDArray(integers: places, shape: shape)
    }
    guard weights.count(where: { $0 > 0 }) >= wanted else { throw .value("Fewer non-zero entries in p than size") }
    // The smallest of exponential numbers divided by their weights come first as if drawn one after the other.
    var keys: [(key: Double, place: Int)] = []
    for (place, weight) in weights.enumerated() where weight > 0 { keys.append((exponential() / weight, place)) }
    keys.sort { ($0.key, $0.place) < ($1.key, $1.place) }
    return NDArray(integers: keys.prefix(wanted).map(\.place), shape: shape)
  }
}
