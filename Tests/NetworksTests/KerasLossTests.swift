import Arrays
import Lambdas
import Plans
import Tensors
import Testing

@testable import Networks

@Suite("Losses against Keras")
struct KerasLossTests {
  static let cases = KerasFixture.read("losses.json")

  /// Relative to the largest value; Keras computes in single precision, the evaluator in double.
  private static let tolerance = 1e-5

  @Test("values and derivatives agree", arguments: cases)
  func agree(_ fixture: KerasFixture) throws {
    let configured = make(fixture.name, .loss, fixture.arguments)
    let loss = makeLoss(configured)
    for key in ["plain", "weighted"] {
      guard let expected = fixture.json[key], let value = expected["value"]?.doubleValue else { continue }
      var graph = Graph()
      let type: ScalarType = type(of: loss).targetsAreClasses ? .int32 : .float32
      let targets = graph.input("targets", shape: fixture.shape("targets"), type: type)
      let predictions = graph.input("predictions", shape: fixture.shape("predictions"))
      let weights = KerasFixture.doubles(expected["weights"])
      let weightNode = weights.isEmpty ? nil : graph.input("weights", shape: [weights.count])
      let losses = loss.emit(targets: targets, predictions: predictions, into: &graph)
      let mask = loss.emitMask(targets: targets, predictions: predictions, losses: losses, into: &graph)
      var result = Reduction(configured.arguments).emit(losses, weights: weightNode, mask: mask, into: &graph)
      result = graph.reshape(result, [])
      let gradient = try #require(graph.gradients(of: result, withRespectTo: [predictions])[predictions])
      let values = Evaluator(
        graph,
        inputs: ["targets": fixture.values("targets"), "predictions": fixture.values("predictions"), "weights": weights])
      let scale = max(abs(value), 1e-6)
      #expect(abs(values[result][0] - value) <= Self.tolerance * scale, "\(key): \(values[result][0]) rather than \(value)")
      let expectedGradient = KerasFixture.doubles(expected["gradient"])
      let largest = max(expectedGradient.map(abs).max() ?? 0, 1e-6)
      for (index, pair) in zip(values[gradient], expectedGradient).enumerated() {
        #expect(
          abs(pair.0 - pair.1) <= Self.tolerance * largest, "\(key), derivative \(index): \(pair.0) rather than \(pair.1)")
      }
    }
  }

  @Test("every loss is compared")
  func all() { #expect(Set(lossTypes.map { $0.signature.name }) == Set(Self.cases.map(\.name))) }
}
