import Arrays
import Lambdas
import Plans
import Testing

@testable import Networks

@Suite("First values of weights")
struct InitializerTests {
  /// Deviation and bound of a weight [300, 200], from the formulas of the papers.
  static let cases: [(name: String, deviation: Double, bound: Double)] = [
    ("glorot_uniform", (2.0 / 500).squareRoot(), (6.0 / 500).squareRoot()),
    ("glorot_normal", (2.0 / 500).squareRoot(), 2 * (2.0 / 500).squareRoot() / 0.87962566103423978),
    ("he_uniform", (2.0 / 300).squareRoot(), (6.0 / 300).squareRoot()),
    ("he_normal", (2.0 / 300).squareRoot(), 2 * (2.0 / 300).squareRoot() / 0.87962566103423978),
    ("lecun_uniform", (1.0 / 300).squareRoot(), (3.0 / 300).squareRoot()),
    ("lecun_normal", (1.0 / 300).squareRoot(), 2 * (1.0 / 300).squareRoot() / 0.87962566103423978),
    ("random_uniform", 0.1 / 12.0.squareRoot(), 0.05),
    ("random_normal", 0.05, 0.3),
    ("truncated_normal", 0.05 * 0.87962566103423978, 0.1),
    ("zeros", 0, 0),
    ("VarianceScaling", (1.0 / 300).squareRoot(), 2 * (1.0 / 300).squareRoot() / 0.87962566103423978),
  ]

  @Test("have the variance and bounds of their formula", arguments: cases)
  func moments(_ name: String, _ deviation: Double, _ bound: Double) {
    let values = Initializer(make(name, .initializer)).values(shape: [300, 200], from: RandomStream(seed: 5, name)).map(
      Double.init)
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    #expect(abs(mean) <= 4 * deviation / Double(values.count).squareRoot())
    #expect(abs(variance.squareRoot() - deviation) <= 0.01 * deviation)
    #expect(values.allSatisfy { abs($0) <= bound * (1 + 1e-6) })
  }

  @Test("follow the mode and the distribution of `VarianceScaling`")
  func varianceScaling() {
    func deviation(_ mode: String, _ distribution: String) -> Double {
      let given: [String: Value] = ["scale": .float(2), "mode": .string(mode), "distribution": .string(distribution)]
      let values = Initializer(make("VarianceScaling", .initializer, given)).values(
        shape: [100, 300], from: RandomStream(seed: 2, mode))
      return (values.reduce(0) { $0 + Double($1) * Double($1) } / Double(values.count)).squareRoot()
    }
    for distribution in ["uniform", "truncated_normal", "untruncated_normal", "normal"] {
      #expect(abs(deviation("fan_out", distribution) / (2.0 / 300).squareRoot() - 1) <= 0.01)
      #expect(abs(deviation("fan_avg", distribution) / (2.0 / 200).squareRoot() - 1) <= 0.01)
    }
  }

  @Test("are orthonormal rows or columns, whichever are fewer", arguments: [[5, 5], [7, 4], [4, 7], [2, 3, 4]])
  func orthogonal(_ shape: [Int]) {
    let values = Initializer(make("orthogonal", .initializer, ["gain": .float(2)])).values(
      shape: shape, from: RandomStream(seed: 3, "q"))
    let columns = shape[shape.count - 1]
    let rows = values.count / columns
    for a in 0..<min(rows, columns) {
      for b in 0..<min(rows, columns) {
        let product = (0..<max(rows, columns)).reduce(0.0) { sum, place in
          func at(_ vector: Int) -> Double {
            Double(values[rows < columns ? vector * columns + place : place * columns + vector])
          }
          return sum + at(a) * at(b)
        }
        #expect(abs(product - (a == b ? 4 : 0)) <= 1e-5)
      }
    }
  }

  @Test("are ones on the diagonal")
  func identity() {
    let values = Initializer(make("identity", .initializer, ["gain": .float(3)])).values(
      shape: [2, 3], from: RandomStream(seed: 3))
    #expect(values == [3, 0, 0, 0, 3, 0])
  }

  @Test("are a function of the name, and of a seed of one's own")
  func streams() {
    let plain = Initializer(make("he_normal", .initializer))
    let seeded = Initializer(make("he_normal", .initializer, ["seed": .integer(3)]))
    let (a, b) = (RandomStream(seed: 1, "a"), RandomStream(seed: 1, "b"))
    #expect(plain.values(shape: [4], from: a) == plain.values(shape: [4], from: a))
    #expect(plain.values(shape: [4], from: a) != plain.values(shape: [4], from: b))
    #expect(seeded.values(shape: [4], from: a) == seeded.values(shape: [4], from: b))
  }

  @Test("are Keras's parts of a Fourier transform", arguments: KerasFixture.read("stft.json"))
  func fourier(_ fixture: KerasFixture) {
    let initializer = Initializer(make("STFTInitializer", .initializer, fixture.arguments))
    let shape = fixture.shape("kernel")
    #expect(initializer.problem(with: shape) == nil)
    let values = initializer.values(shape: shape, from: RandomStream(seed: 1)).map(Double.init)
    #expect(values.count == fixture.values("kernel").count)
    for (ours, theirs) in zip(values, fixture.values("kernel")) { #expect(abs(ours - theirs) <= 1e-6, "\(ours) \(theirs)") }
  }

  @Test(
    "are no Fourier transform for every kernel",
    arguments: [
      (["window": .string("hann")], [4, 3], "needs three dimensions, for one channel"),
      ([:], [4, 2, 3], "needs three dimensions, for one channel"), ([:], [4, 1, 1], "needs two filters or more"),
      (["window": .list([.float(1), .float(2)])], [4, 1, 3], "has a window of 2 samples for a kernel of 4"),
      ([:], [2, 1, 3], "has a window that is 0 everywhere"),
    ] as [([String: Value], [Int], String)])
  func noFourier(_ given: [String: Value], _ shape: [Int], _ problem: String) {
    #expect(Initializer(make("STFT", .initializer, given)).problem(with: shape) == "`STFT` \(problem)")
  }
}
