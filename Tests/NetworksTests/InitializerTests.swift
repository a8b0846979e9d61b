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

  @Test("are a function of the name, and of a seed of one's own")
  func streams() {
    let plain = Initializer(make("he_normal", .initializer))
    let seeded = Initializer(make("he_normal", .initializer, ["seed": .integer(3)]))
    let (a, b) = (RandomStream(seed: 1, "a"), RandomStream(seed: 1, "b"))
    #expect(plain.values(shape: [4], from: a) == plain.values(shape: [4], from: a))
    #expect(plain.values(shape: [4], from: a) != plain.values(shape: [4], from: b))
    #expect(seeded.values(shape: [4], from: a) == seeded.values(shape: [4], from: b))
  }
}
