import Arrays
import Artifacts
import Glibc
import Lambdas
import Plans
import Testing

@testable import Datasets

private let catalog = Catalog([datasetEntries])

private func traits(_ name: String, _ role: Role) throws -> FunctionTraits {
  guard case .function(let traits)? = catalog.entry(name, role)?.meaning else { throw Failure("`\(name)` is a function") }
  return traits
}

@Suite("Functions on arrays of examples")
struct FunctionTests {
  @Test("arrays come from NumPy's files, their shapes from the headers alone")
  func arrayFiles() throws {
    let path = "/tmp/train-arrays-\(getpid()).npz"
    defer { unlink(path) }
    let x = NDArray(floats: [1, 2, 3, 4, 5, 6], shape: [2, 3])
    try NPZ.write([(name: "x", array: x), (name: "y", array: NDArray(integers: [7, 8], shape: [2]))], to: path)
    let npz = try traits("load_npz", .dataset)
    let arguments = Arguments(["path": .string(path)], given: ["path"])
    guard case .type(.record(let record)) = try npz.forecast(arguments) else { throw Failure("a record is forecast") }
    #expect(record.names == ["x", "y"])
    #expect(record.fields["x"]?.type == .array(.float32, shape: [2, 3]))
    guard case .dict(let dict) = try npz.call(arguments, FunctionSurroundings(stream: RandomStream(seed: 0, "test"))),
      case .array(let y)? = dict["y"]
    else {
      throw Failure("a dict of arrays")
    }
    #expect(y.integers == [7, 8])
  }

  @Test("a missing or foreign file is a failure that names it", arguments: ["load_npz", "load_npy"])
  func wrongFiles(_ name: String) throws {
    let function = try traits(name, .dataset)
    for path in ["/nowhere/x.npz", #filePath] {
      let arguments = Arguments(["path": .string(path)], given: ["path"])
      for call in [
        { () throws in _ = try function.forecast(arguments) },
        { () throws in _ = try function.call(arguments, FunctionSurroundings(stream: RandomStream(seed: 0, "test"))) },
      ] {
        let failure = #expect(throws: Failure.self) { try call() }
        #expect(failure?.message.contains(path) == true)
      }
    }
  }

  @Test("class numbers become rows")
  func toCategorical() throws {
    let rows = try ToCategorical.rows(NDArray(integers: [0, 2, 1], shape: [3, 1]), classCount: nil)
    #expect(rows.shape == [3, 3] && rows.doubles == [1, 0, 0, 0, 0, 1, 0, 1, 0])
    #expect(try ToCategorical.rows(NDArray(integers: [1], shape: [1]), classCount: 4).doubles == [0, 1, 0, 0])
    for wrong in [NDArray(integers: [3], shape: [1]), NDArray(integers: [-1], shape: [1]), NDArray(doubles: [0.5], shape: [1])] {
      #expect(throws: Failure.self) { try ToCategorical.rows(wrong, classCount: 3) }
    }
  }
}
