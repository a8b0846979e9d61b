import Arrays
import Diagnostics
import Lambdas
import Plans
import Synchronization
import Syntax
import Testing

@testable import Datasets

/// Pictures that cannot be read.
private final class Unreadable: ElementSource {
  let spec = DataSpec(count: 3, inputs: [TensorSpec(Shape([2]), .float32)], targets: [TensorSpec(Shape([]), .int64)])
  let count: Int? = 3
  let fingerprint = "unreadable"
  let asked = Mutex<[Int]>([])

  func element(_ index: Int, inPass pass: Int) throws(DataFailure) -> Element {
    asked.withLock { $0.append(index) }
    throw .file(path: "\(index).png", reason: "it is cut short")
  }
}

/// Functions of examples that are carried out for a batch at once give, bit for bit, what they give for each example.
@Suite struct RowwiseTests {
  private static func data(_ x: NDArray, _ y: NDArray) throws -> MemorySource {
    MemorySource(try Dataset(inputs: [x], targets: [y]))
  }

  private static func sources() throws -> [MemorySource] {
    let numbers = (0..<60).map { Float($0 % 17) - 5 }
    let labels = NDArray(integers: [3, 0, 2, 1, 1], shape: [5])
    return [
      try data(NDArray(floats: numbers, shape: [5, 3, 4]), labels),
      try data(NDArray(floats: numbers, shape: [5, 12]).converted(to: .float64), labels.converted(to: .int32)),
      try data(NDArray(integers: (0..<60).map { $0 * 4 }, shape: [5, 12]).converted(to: .uint8), labels.converted(to: .uint8)),
      try data(NDArray(integers: (0..<60).map { $0 - 30 }, shape: [5, 12]), NDArray(floats: [1, 0.5, .nan, -2, 3], shape: [5])),
      try data(NDArray(floats: numbers, shape: [5, 12]), NDArray(floats: numbers, shape: [5, 12])),
    ]
  }

  private func function(_ text: String, for source: any ElementSource) throws -> FunctionOfElements {
    let script = parse(Source(name: "f", text: text)).script
    guard case .expression(let expression)? = script.statements.first?.kind,
      case .lambda(let parameters, let body) = expression.kind
    else { throw Failure("a lambda") }
    var findings: [Finding] = []
    let code = compileLambda(
      parameters, body: body, expecting: FunctionType(source.spec.elementTypes.map { .init($0.name, $0.type) }, returns: .any),
      scope: .empty, name: "f", findings: &findings)
    return FunctionOfElements(FunctionValue(try #require(code)), of: "map", stream: RandomStream(seed: 1))
  }

  @Test(arguments: [
    "lambda x, y: (x / 255.0, y)", "lambda x, y: (x, y)", "lambda x, y: x * 2", "lambda x, y: (x - 3, y)", "lambda x, y: (y, x)",
    "lambda x, y: (-x, x > 2)", "lambda x, y: (tf.cast(x, 'float32') / 255, tf.cast(y, 'int32'))",
    "lambda x, y: (x ** 2 + x * x, y)", "lambda x, y: (np.clip(np.sqrt(np.abs(x)), 0.5, 2.0), y)",
    "lambda x, y: (x.astype('float32') // 3, tf.one_hot(tf.cast(y, 'int64'), 4))",
    "lambda x, y: (np.maximum(x, 1) % 2, y, tf.cast(y, 'float32'))", "lambda x, y: (tf.one_hot(tf.cast(x, 'int64'), 3), y)",
    "lambda x, y: ((x, x + 1), y)", "lambda x, y: (x * np.arange(4), y)",
  ])
  func isTheSame(_ text: String) throws {
    for source in try Self.sources() where !text.contains("arange") || source.spec.inputs[0].shape.rank == 2 {
      let function = try function(text, for: source)
      // A constant is one where it was computed before.
      if !text.contains("arange") { #expect(function.rowwise(on: source.spec) != nil, "\(text)") }
      let mapped = MappedSource(source, function, spec: source.spec)
      let rows = [4, 0, 2, 2, 1]
      let one = try Element(joining: rows.map { row in try mapped.element(row, inPass: 0) })
      let many = try mapped.makeBatch(of: rows, inPass: 0)
      #expect(one.arrays.map(\.shape) == many.arrays.map(\.shape) && one.arrays.map(\.type) == many.arrays.map(\.type), "\(text)")
      #expect(one.arrays.map(\.fingerprint) == many.arrays.map(\.fingerprint), "\(text)")
      #expect([one.inputs.count, one.targets.count] == [many.inputs.count, many.targets.count])
    }
  }

  /// What a batch would make something else of, or where nobody has looked.
  @Test(arguments: [
    "lambda x, y: (x - x.mean(), y)", "lambda x, y: (x[0], y)", "lambda x, y: (x * y, y)", "lambda x, y: (x, y + 1)",
    "lambda x, y: (np.reshape(x, (12,)), y)", "lambda x, y: (x @ x.T, y)", "lambda x, y: (x + np.random.normal(), y)",
    "lambda x, y: (x if y > 1 else -x, y)", "lambda x, y: (x, 1)", "lambda x, y: (np.sum(x), y)", "lambda x, y: (x.T, y)",
    "lambda x, y: (x, len(x))", "lambda x, y: (np.sort(x), y)", "lambda x, y: (x, x.shape[0] * y)",
  ])
  func isMadeOneByOne(_ text: String) throws {
    let source = try Self.sources()[0]
    #expect(try function(text, for: source).rowwise(on: source.spec) == nil)
  }

  /// What goes wrong is told of the example, as if each were made alone.
  @Test func failuresNameTheExample() throws {
    let source = try Self.sources()[0]
    let mapped = MappedSource(source, try function("lambda x, y: (x / np.ones(7), y)", for: source), spec: source.spec)
    let failure = #expect(throws: DataFailure.self) { try mapped.makeBatch(of: [2, 1], inPass: 0) }
    #expect(failure?.message.contains("element 2") == true)
  }

  /// What the source cannot give is asked for once.
  @Test func failuresOfTheSourceAreItsOwn() throws {
    let source = Unreadable()
    let mapped = MappedSource(source, try function("lambda x, y: (x * 2, y)", for: source), spec: source.spec)
    #expect(throws: DataFailure.file(path: "1.png", reason: "it is cut short")) { try mapped.makeBatch(of: [1, 2], inPass: 0) }
    #expect(source.asked.withLock { $0 } == [1])
  }
}
