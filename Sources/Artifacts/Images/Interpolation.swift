import CImages
import Glibc

/// How the pixels of a resized picture come about, by Keras's names; each as TensorFlow's `tf.image.resize` has it: pixels are
/// squares whose centres lie at halves, and nothing is smoothed where a picture becomes smaller.
package enum Interpolation: String, Sendable, CaseIterable {
  case bilinear, nearest, bicubic, area, lanczos3, lanczos5, gaussian, mitchellcubic
}

/// How each place along one axis of a resized picture is made of those of the picture: `taps` neighbouring ones from `first` on,
/// each times its weight.
struct ResizeAxis {
  private(set) var taps = 1
  private(set) var first: [Int32] = []
  private(set) var weights: [Float] = []

  /// The places that one place is made of, and their weights; a place may stand there twice.
  private typealias Mix = [(place: Int, weight: Float)]

  /// The weights from `size` places to `resized`, both at least 1.
  init(from size: Int, to resized: Int, by interpolation: Interpolation) {
    let mixes = (0..<resized).map { place -> Mix in
      switch interpolation {
      case .nearest: Self.nearest(place, size, resized)
      case .bilinear: Self.bilinear(place, size, resized)
      case .bicubic: Self.bicubic(place, size, resized)
      case .area: Self.area(place, size, resized)
      case .lanczos3: Self.filtered(place, size, resized, radius: 3) { Self.lanczos($0, radius: 3) }
      case .lanczos5: Self.filtered(place, size, resized, radius: 5) { Self.lanczos($0, radius: 5) }
      case .gaussian: Self.filtered(place, size, resized, radius: 1.5, Self.gaussian)
      case .mitchellcubic: Self.filtered(place, size, resized, radius: 2, Self.mitchell)
      }
    }
    let spans = mixes.map { mix in (mix.map(\.place).min() ?? 0, mix.map(\.place).max() ?? 0) }
    taps = spans.reduce(1) { max($0, $1.1 - $1.0 + 1) }
    weights = [Float](repeating: 0, count: resized * taps)
    for (index, mix) in mixes.enumerated() {
      let start = min(spans[index].0, size - taps)
      first.append(Int32(start))
      for (place, weight) in mix { weights[index * taps + place - start] += weight }
    }
  }

  func withAxis<Result>(_ body: (image_axis) -> Result) -> Result {
    first.withUnsafeBufferPointer { first in
      weights.withUnsafeBufferPointer { weights in
        body(image_axis(size: Int32(first.count), taps: Int32(taps), first: first.baseAddress, weights: weights.baseAddress))
      }
    }
  }

  // All in single precision and in TensorFlow's order of steps, so that a place that lies between two pixels goes to the same
  // one.

  private static func nearest(_ place: Int, _ size: Int, _ resized: Int) -> Mix {
    let position = (Float(place) + 0.5) * (Float(size) / Float(resized))
    return [(min(Int(position.rounded(.down)), size - 1), 1)]
  }

  private static func bilinear(_ place: Int, _ size: Int, _ resized: Int) -> Mix {
    let position = (Float(place) + 0.5) * (Float(size) / Float(resized)) - 0.5
    let floor = position.rounded(.down)
    let lower = max(Int(floor), 0)
    let upper = min(Int(position.rounded(.up)), size - 1)
    let upperWeight = lower == upper ? 0 : position - floor
    return [(place: lower, weight: 1 - upperWeight), (place: upper, weight: upperWeight)]
  }

  /// Cubic convolution with a = −½ (R. Keys, 1981), from a table of 1024 steps; what lies outside does not count.
  private static func bicubic(_ place: Int, _ size: Int, _ resized: Int) -> Mix {
    let position = (Float(place) + 0.5) * (Float(size) / Float(resized)) - 0.5
    let floor = position.rounded(.down)
    let step = ((position - floor) * 1024).rounded(.toNearestOrEven)
    let (near, far) = (step / 1024, (1024 - step) / 1024)
    let weights: [Float] = [keysOuter(near), keysInner(near), keysInner(far), keysOuter(far)]
    let mix: Mix = (0..<4).map { (place: Int(floor) - 1 + $0, weight: weights[$0]) }.filter { 0..<size ~= $0.place }
    return normalized(mix)
  }

  /// Keys's kernel at x from 0 to 1.
  private static func keysInner(_ x: Float) -> Float {
    let x = Double(x)
    return Float((1.5 * x - 2.5) * x * x + 1)
  }

  /// Keys's kernel at 1 + x.
  private static func keysOuter(_ x: Float) -> Float {
    let x = Double(x + 1)
    return Float(((-0.5 * x + 2.5) * x - 4) * x + 2)
  }

  /// The mean of what a place covers.
  private static func area(_ place: Int, _ size: Int, _ resized: Int) -> Mix {
    let scale = Float(size) / Float(resized)
    let (start, end) = (Float(place) * scale, Float(place + 1) * scale)
    return (Int(start.rounded(.down))..<Int(end.rounded(.up))).map { index in
      let (left, right) = (Float(index), Float(index + 1))
      let covered = left < start ? (right > end ? scale : right - start) : (right > end ? end - left : 1)
      return (place: min(index, size - 1), weight: covered / scale)
    }
  }

  /// A kernel around the place's centre, whose weights are made to add up to 1.
  private static func filtered(_ place: Int, _ size: Int, _ resized: Int, radius: Float, _ kernel: (Float) -> Float) -> Mix {
    let center = (Float(place) + 0.5) * (1 / (Float(resized) / Float(size)))
    if center > Float(size) { return [(0, 0)] }
    let start = min(max(Int((center - radius - 0.5).rounded(.up)), 0), size - 1)
    let end = min(max(Int((center + radius - 0.5).rounded(.down)), 0), size - 1)
    return normalized((start...end).map { (place: $0, weight: kernel(abs(Float($0) + 0.5 - center))) })
  }

  private static func normalized(_ mix: Mix) -> Mix {
    let sum = mix.reduce(0) { $0 + $1.weight }
    return abs(sum) >= 1000 * .leastNormalMagnitude ? mix.map { ($0.place, $0.weight * (1 / sum)) } : mix
  }

  /// C. Lanczos's window on the sinc function.
  private static func lanczos(_ x: Float, radius: Float) -> Float {
    if x > radius { return 0 }
    if x <= 1e-3 { return 1 }
    return radius * sinf(.pi * x) * sinf(.pi * x / radius) / (.pi * .pi * x * x)
  }

  /// A normal distribution of deviation ½, cut off at 1½.
  private static func gaussian(_ x: Float) -> Float { x >= 1.5 ? 0 : expf(-x * x / 0.5) }

  /// The cubic kernel with B = C = ⅓ (D. Mitchell and A. Netravali, Reconstruction filters in computer graphics, 1988).
  private static func mitchell(_ x: Float) -> Float {
    if x >= 2 { return 0 }
    if x >= 1 { return ((-7 / 18 * x + 2) * x - 10 / 3) * x + 16 / 9 }
    return ((7 / 6 * x - 2) * x) * x + 8 / 9
  }
}
