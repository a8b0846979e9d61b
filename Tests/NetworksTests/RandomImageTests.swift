import Artifacts
import Arrays
import Lambdas
import Plans
import Tensors
import Testing

@testable import Networks

private let folder = #filePath.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/Fixtures"

/// What Keras 3.15.1 makes of images with given random numbers (scripts/fixtures/keras_images.py).
private struct ImageCase: CustomTestStringConvertible, Sendable {
  let number: Int
  let fixture: Fixture
  var testDescription: String { "\(number) \(fixture["class_name"].text)" }

  static let all = Fixture(file: "images.json").elements.enumerated().map { ImageCase(number: $0, fixture: $1) }
  static let arrays = (try? NPZ.read("\(folder)/images.npz")).map { arrays in
    Dictionary(uniqueKeysWithValues: arrays.map { ($0.name, $0.array) })
  }

  func array(_ part: String) throws -> NDArray { try #require(ImageCase.arrays?["\(number)/\(part)"], "\(part)") }
}

@Suite("Random images") struct RandomImageTests {
  @Test("With Keras's random numbers they are Keras's images", arguments: ImageCase.all)
  private func agrees(_ image: ImageCase) throws {
    let made = make(image.fixture["class_name"].text, .layer, image.fixture["arguments"].arguments)
    let layer = try #require(makeLayer(made) as? any RandomImageLayer)
    let (x, draws, factor) = (try image.array("x"), try image.array("draws"), try image.array("factor"))
    var graph = Graph()
    let images = graph.input("x", shape: x.shape)
    let numbers = (0..<layer.drawCount).map { row in
      let values = draws.shape[0] == 0 ? Array(repeating: Float(0), count: x.shape[0]) : draws.rows[row]
      return graph.constant(floats: values, shape: [x.shape[0]])
    }
    let fields = try (0..<layer.fieldCount).map { field in
      let all = try image.array("fields")
      let count = all.count / layer.fieldCount
      return graph.constant(floats: Array(all.floats[field * count..<(field + 1) * count]), shape: Array(all.shape.dropFirst()))
    }
    let result = layer.changed(images, draws: numbers + fields, format: layer.dataFormat, in: &graph)
    let loss = graph.reduceSum(graph.multiply(result, graph.constant(floats: factor.floats, shape: factor.shape)))
    let gradient = graph.gradients(of: loss, withRespectTo: [images])[images]  // nil where all are steps
    graph.output(result)
    if let gradient { graph.output(gradient) }
    let program = try Program(graph, store: VariableStore(), pool: try Pool(threads: 2))
    program.bind("x", ArraySource(x))
    try program.run()
    if gradient == nil { #expect(try image.array("gx").doubles.allSatisfy { $0 == 0 }) }
    for (node, part) in [(result, "out"), (gradient, "gx")] {
      guard let node else { continue }
      let theirs = try image.array(part)
      #expect(graph.shape(of: node) == theirs.shape)
      #expect(distance(program.read(node).map(Double.init), theirs.doubles) <= 1e-5, "\(part)")
    }
  }

  @Test("Equalization counts more values than single precision can count one after the other")
  func counts() throws {
    // 17 million values of one bin, 2²⁴ being fewer, and 4 million of another; of the last a few.
    let (common, bright) = (4160, 1000)
    var graph = Graph()
    let images = graph.concatenate(
      [(common, 100.0), (bright, 200), (1, 0), (1, 255)].map { rows, value in
        graph.broadcast(graph.constant(value), to: [1, rows, 4096, 1])
      }, axis: 1)
    let layer = try #require(makeLayer(make("Equalization", .layer, [:])) as? any RandomImageLayer)
    let changed = layer.changed(images, draws: [], in: &graph)
    let places = [0, common * 4096]
    let seen = places.map { graph.slice(graph.reshape(changed, [(common + bright + 2) * 4096]), axis: 0, $0..<($0 + 1)) }
    for node in seen { graph.output(node) }
    let program = try Program(graph, store: VariableStore(), pool: try Pool(threads: 2))
    try program.run()
    let share = Double(common) / Double(common + bright + 1)
    #expect(
      seen.map { program.read($0)[0] } == [
        Float((share * 255).rounded()), Float(((1 - 1 / Double(common + bright + 1)) * 255).rounded()),
      ])
  }

  @Test("A flip and a turn are one pass")
  func composed() throws {
    var graph = Graph()
    var images = graph.input("x", shape: [4, 8, 8, 3])
    for (name, given) in [("RandomFlip", [:]), ("RandomRotation", ["factor": Value.float(0.1)])] {
      let layer = try #require(makeLayer(make(name, .layer, given)) as? any RandomImageLayer)
      var use = LayerUse(isTraining: true, isTrainable: true, weights: [:], stream: RandomStream(seed: 1, name))
      images = layer.emit([images], into: &graph, &use)
    }
    graph.output(images)
    guard case .sample = graph[images].operation, case .input = graph[graph[images].inputs[0]].operation else {
      Issue.record("the images themselves are turned, not flipped ones")
      return
    }
  }

  @Test("Each image is changed in its own way, each step and fit in another, and none out of training")
  func draws() throws {
    let layer = try #require(
      makeLayer(make("RandomTranslation", .layer, ["height_factor": .float(0.5), "width_factor": .float(0.5)]))
        as? any RandomImageLayer)
    let one: [Double] = (0..<64).map { Double($0 * $0 % 17) }
    let x = Array(repeating: one, count: 3).flatMap { $0 }
    func output(isTraining: Bool, step: Double, fit: Int) -> [Double] {
      var graph = Graph()
      let images = graph.input("x", shape: [3, 8, 8, 1])
      var use = LayerUse(
        isTraining: isTraining, isTrainable: true, weights: [:], stream: RandomStream(seed: 1, "layer").substream(fit))
      let result = layer.emit([images], into: &graph, &use)
      return Evaluator(graph, inputs: ["x": x], scalars: [.randomStep: step])[result]
    }
    let found = output(isTraining: true, step: 0, fit: 0)
    #expect(found[..<64] != found[64..<128] && found[64..<128] != found[128...])
    #expect(found == output(isTraining: true, step: 0, fit: 0))
    #expect(found != output(isTraining: true, step: 1, fit: 0) && found != output(isTraining: true, step: 0, fit: 1))
    #expect(output(isTraining: false, step: 0, fit: 0) == x)
  }
}

extension NDArray {
  /// The rows of a matrix.
  fileprivate var rows: [[Float]] {
    stride(from: 0, to: floats.count, by: shape[1]).map { Array(floats[$0..<($0 + shape[1])]) }
  }
}
