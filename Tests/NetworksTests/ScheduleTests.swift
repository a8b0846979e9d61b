import Lambdas
import Plans
import Testing

@testable import Networks

@Suite("Learning-rate schedules")
struct ScheduleTests {
  static let fixture = Fixture(file: "schedules.json")

  @Test("give Keras's rates", arguments: fixture["cases"].elements.indices)
  func rates(_ index: Int) {
    let example = Self.fixture["cases"].elements[index]
    let schedule = Schedule(make(example["name"].text, .schedule, example["arguments"].arguments))
    for (step, expected) in zip(Self.fixture["steps"].integers, example["rates"].numbers) {
      let rate = schedule.rate(at: step)
      #expect(abs(rate - expected) <= 1e-5 * abs(expected), "\(example["name"].text) at \(step): \(rate), not \(expected)")
      #expect(rate == Double(Float(rate)), "rates are in single precision")
    }
  }

  @Test("every schedule of the catalog is among these")
  func all() {
    let tested = Set(Self.fixture["cases"].elements.map { $0["name"].text })
    #expect(ScheduleFunction.all.allSatisfy { tested.contains($0.signature.name) })
  }

  @Test("arguments that cannot go together are told")
  func conflicts() throws {
    func conflict(_ name: String, _ given: [String: Value]) -> String? {
      let object = make(name, .schedule, given)
      return object.entry.conflict(object.arguments)?.parameter
    }
    let two: Value = .list([.float(0.1), .float(0.2)])
    #expect(conflict("PiecewiseConstantDecay", ["boundaries": .list([.integer(3)]), "values": two]) == nil)
    #expect(conflict("PiecewiseConstantDecay", ["boundaries": .list([]), "values": two]) == "values")
    let falling: Value = .list([.integer(3), .integer(2)])
    let three: Value = .list([.float(0.1), .float(0.2), .float(0.3)])
    #expect(conflict("PiecewiseConstantDecay", ["boundaries": falling, "values": three]) == "boundaries")
    let cosine: [String: Value] = ["initial_learning_rate": .float(0.1), "decay_steps": .integer(5), "warmup_steps": .integer(2)]
    #expect(conflict("CosineDecay", cosine) == "warmup_steps")
  }
}
