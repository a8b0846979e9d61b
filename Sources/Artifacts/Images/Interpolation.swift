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
  let taps: Int
  private(set) var first: [Int32] = []
  private(set) var weights: [Float]

  /// The places that one place is made of, neighbours in their order, and their weights.
  private struct Mix {
    var start = 0
    var weights: [Float] = []
  }

  /// The weights from `size` places to `resized`, both at least 1.
  init(from size: Int, to resized: Int, by interpolation: Interpolation) {
    taps = min(size, Self.mostTaps(from: size, to: resized, by: interpolation))
    weights = [Float](repeating: 0, count: resized * taps)
    first.reserveCapacity(resized)
    var mix = Mix()
    for place in 0..<resized {
      mix.weights.removeAll(keepingCapacity: true)
      switch interpolation {
      case .nearest: Self.nearest(place, size, resized, &mix)
      case .bilinear: Self.bilinear(place, size, resized, &mix)
      case .bicubic: Self.bicubic(place, size, resized, &mix)
      case .area: Self.area(place, size, resized, &mix)
      case .lanczos3: Self.filtered(place, size, resized, radius: 3, &mix) { Self.lanczos($0, radius: 3) }
      case .lanczos5: Self.filtered(place, size, resized, radius: 5, &mix) { Self.lanczos($0, radius: 5) }
      case .gaussian: Self.filtered(place, size, resized, radius: 1.5, &mix, Self.gaussian)
      case .mitchellcubic: Self.filtered(place, size, resized, radius: 2, &mix, Self.mitchell)
      }
      // Near the end what stands beside the last place is of weight 0.
      let start = min(mix.start, size - taps)
      first.append(Int32(start))
      for (index, weight) in mix.weights.enumerated() { weights[place * taps + mix.start - start + index] = weight }
    }
  }

  private static func mostTaps(from size: Int, to resized: Int, by interpolation: Interpolation) -> Int {
    switch interpolation {
    case .nearest: 1
    case .bilinear: 2
    case .bicubic: 4
    case .mitchellcubic: 5
    case .gaussian: 4
    case .area: size / resized + 3
    case .lanczos3: 7
    case .lanczos5: 11
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

  private static func nearest(_ place: Int, _ size: Int, _ resized: Int, _ mix: inout Mix) {
    let position = (Float(place) + 0.5) * (Float(size) / Float(resized))
    mix.start = min(Int(position.rounded(.down)), size - 1)
    mix.weights.append(1)
  }

  private static func bilinear(_ place: Int, _ size: Int, _ resized: Int, _ mix: inout Mix) {
    let position = (Float(place) + 0.5) * (Float(size) / Float(resized)) - 0.5
    let floor = position.rounded(.down)
    mix.start = min(max(Int(floor), 0), size - 1)
    let upper = min(Int(position.rounded(.up)), size - 1)
    if upper <= mix.start {
      mix.weights.append(1)
    } else {
      mix.weights.append(1 - (position - floor))
      mix.weights.append(position - floor)
    }
  }

  /// Cubic convolution with a = −½ (R. Keys, 1981), from a table of 1024 steps; what lies outside does not count.
  private static func bicubic(_ place: Int, _ size: Int, _ resized: Int, _ mix: inout Mix) {
    let position = (Float(place) + 0.5) * (Float(size) / Float(resized)) - 0.5
    let floor = position.rounded(.down)
    let step = ((position - floor) * 1024).rounded(.toNearestOrEven)
    let (near, far) = (step / 1024, (1024 - step) / 1024)
    let before = Int(floor) - 1
    mix.start = max(before, 0)
    if before >= 0 { mix.weights.append(keysOuter(near)) }
    if 0..<size ~= before + 1 { mix.weights.append(keysInner(near)) }
    if before + 2 < size { mix.weights.append(keysInner(far)) }
    if before + 3 < size { mix.weights.append(keysOuter(far)) }
    normalize(&mix)
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

  /// The mean of what a place covers; rounding may take it beyond the last place, which then counts once more.
  private static func area(_ place: Int, _ size: Int, _ resized: Int, _ mix: inout Mix) {
    let scale = Float(size) / Float(resized)
    let (start, end) = (Float(place) * scale, Float(place + 1) * scale)
    mix.start = min(Int(start.rounded(.down)), size - 1)
    for index in Int(start.rounded(.down))..<Int(end.rounded(.up)) {
      let (left, right) = (Float(index), Float(index + 1))
      let covered = left < start ? (right > end ? scale : right - start) : (right > end ? end - left : 1)
      if index < size || mix.weights.isEmpty {
        mix.weights.append(covered / scale)
      } else {
        mix.weights[mix.weights.count - 1] += covered / scale
      }
    }
  }

  /// A kernel around the place's centre, whose weights are made to add up to 1.
  private static func filtered(
    _ place: Int, _ size: Int, _ resized: Int, radius: Float, _ mix: inout Mix, _ kernel: (Float) -> Float
  ) {
    let center = (Float(place) + 0.5) * (1 / (Float(resized) / Float(size)))
    mix.start = 0
    if center > Float(size) { return }
    mix.start = min(max(Int((center - radius - 0.5).rounded(.up)), 0), size - 1)
    let end = min(max(Int((center + radius - 0.5).rounded(.down)), 0), size - 1)
    for index in mix.start...end { mix.weights.append(kernel(abs(Float(index) + 0.5 - center))) }
    normalize(&mix)
  }

  private static func normalize(_ mix: inout Mix) {
    let sum = mix.weights.reduce(0, +)
    if abs(sum) < 1000 * .leastNormalMagnitude { return }
    for index in mix.weights.indices { mix.weights[index] *= 1 / sum }
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
