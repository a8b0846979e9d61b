import Arrays
import Artifacts
import Foundation
import Glibc
import Lambdas
import Plans
import Testing

@testable import Datasets

func functionEntry(_ name: String, _ role: Role = .dataset) throws -> (Entry, FunctionTraits) {
  let entry = try #require(Catalog([datasetEntries]).entry(name, role))
  guard case .function(let traits) = entry.meaning else { throw Failure("`\(name)` is a function") }
  return (entry, traits)
}

func arguments(_ entry: Entry, _ given: [String: Value] = [:]) -> Arguments {
  var values = given
  for parameter in entry.signature.parameters { values[parameter.name] = given[parameter.name] ?? parameter.defaultValue }
  return Arguments(values, given: Set(given.keys))
}

func call(_ name: String, _ given: [String: Value] = [:], seed: Int = 1, role: Role = .dataset) throws -> Value {
  let (entry, traits) = try functionEntry(name, role)
  return try traits.call(arguments(entry, given), FunctionSurroundings(stream: RandomStream(seed: seed, name)))
}

@Suite("Tables inside the program")
struct BundledTableTests {
  /// Shapes, classes and sums of all features as scikit-learn's own copies have them.
  @Test(
    "are scikit-learn's",
    arguments: [
      ("load_iris", 150, 4, [50, 50, 50], 2078.7), ("load_wine", 178, 13, [59, 71, 48], 159_975.295999),
      ("load_breast_cancer", 569, 30, [212, 357], 1_056_474.4596356),
    ])
  func tables(name: String, rows: Int, features: Int, counts: [Int], sum: Double) throws {
    guard case .object(let object as DataObject) = try call(name) else { throw Failure("`\(name)` gives a data set") }
    let data = try #require(object.examples as? Dataset)
    #expect(data.inputs[0].shape == [rows, features])
    let labels = data.targets[0].doubles
    #expect(counts.indices.map { label in labels.count { $0 == Double(label) } } == counts)
    #expect(abs(data.inputs[0].doubles.reduce(0, +) - sum) < 1e-6 * sum)
    let (train, test) = (try #require(object.parts["train"]), try #require(object.parts["test"]))
    #expect(train.spec.count == rows - test.spec.count! && abs(Double(test.spec.count!) - Double(rows) / 5) < 1)
    let (entry, traits) = try functionEntry(name)
    guard case .data(let spec, let parts, _, _) = try traits.forecast(arguments(entry)) else {
      throw Failure("a data set is forecast")
    }
    #expect(spec == object.spec && parts["test"] == test.spec && parts["train"] == train.spec)
  }
}

@Suite("Points made for teaching")
struct MadePointsTests {
  private func points(_ name: String, _ given: [String: Value] = [:], seed: Int = 1) throws -> (x: NDArray, y: NDArray) {
    guard case .tuple(let parts) = try call(name, given, seed: seed), case .array(let x) = parts[0], case .array(let y) = parts[1]
    else { throw Failure("`\(name)` gives a pair") }
    return (x, y)
  }

  @Test("a call gives as many points of each class", arguments: ["make_moons", "make_circles", "make_spirals", "make_blobs"])
  func counts(name: String) throws {
    let (x, y) = try points(name, ["n_samples": .integer(120)])
    #expect(x.shape == [120, 2] && x.type == .float32 && y.shape == [120] && y.type == .int64)
    let classes = Int(y.doubles.max() ?? 0) + 1
    for label in 0..<classes { #expect(y.doubles.count { $0 == Double(label) } == 120 / classes) }
    #expect(Array(y.doubles.prefix(60)) != Array(y.doubles.sorted().prefix(60)), "classes are mixed")
    let (entry, traits) = try functionEntry(name)
    guard case .tuple(let forecasts) = try traits.forecast(arguments(entry, ["n_samples": .integer(120)])), forecasts.count == 2
    else { throw Failure("a pair is forecast") }
  }

  @Test("the seed decides, and nothing else", arguments: ["make_moons", "make_circles", "make_spirals", "make_blobs"])
  func seeds(name: String) throws {
    let own: [String: Value] = ["random_state": .integer(5)]
    #expect(try points(name, own).x.doubles == points(name, own, seed: 2).x.doubles)
    #expect(try points(name).x.doubles != points(name, seed: 2).x.doubles)
  }

  @Test("moons and circles lie where scikit-learn's do, without noise")
  func geometry() throws {
    let plain: [String: Value] = ["shuffle": .bool(false), "n_samples": .integer(4)]
    let moons = try points("make_moons", plain)
    let expected: [Double] = [1, 0, -1, 0, 0, 0.5, 2, 0.5]
    #expect(zip(moons.x.doubles, expected).allSatisfy { abs($0 - $1) < 1e-6 })
    let circles = try points("make_circles", plain.merging(["factor": .float(0.5)]) { $1 })
    #expect(zip(circles.x.doubles, [1, 0, -1, 0, 0.5, 0, -0.5, 0] as [Double]).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test("noise has the deviation that was asked for")
  func noise() throws {
    let plain: [String: Value] = ["shuffle": .bool(false), "n_samples": .integer(4000), "random_state": .integer(3)]
    let still = try points("make_moons", plain).x.doubles
    let moved = try points("make_moons", plain.merging(["noise": .float(0.2)]) { $1 }).x.doubles
    let squares = zip(still, moved).map { ($0 - $1) * ($0 - $1) }
    #expect(abs((squares.reduce(0, +) / Double(squares.count)).squareRoot() - 0.2) < 0.006)
  }
}

/// A folder of one test's own, removed with it.
final class Scratch {
  let folder: String

  init() {
    var template = Array("/tmp/train-sources-XXXXXX".utf8CString)
    folder = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }
}

@Suite("Files of examples", .serialized)
struct SourceFileTests {
  let scratch = Scratch()
  var folder: String { scratch.folder }

  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    let path = "\(folder)/\(name)"
    var part = ""
    for step in path.split(separator: "/").dropLast() {
      part += "/\(step)"
      mkdir(part, 0o755)
    }
    guard let file = fopen(path, "w") else { throw Failure("cannot write \(path)") }
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
    return path
  }

  private func images(_ count: Int) -> [UInt8] {
    [0, 0, 8, 3, 0, 0, 0, UInt8(count), 0, 0, 0, 28, 0, 0, 0, 28] + [UInt8](repeating: 7, count: count * 784)
  }
  private func labels(_ count: Int) -> [UInt8] { [0, 0, 8, 1, 0, 0, 0, UInt8(count)] + (0..<UInt8(count)).map { $0 } }

  @Test("Keras's folder is where KERAS_HOME says, and a missing file is told with its place")
  func kerasFolder() throws {
    setenv("KERAS_HOME", folder, 1)
    setenv("TRAIN_DATASETS_MIRROR", "\(folder)/nowhere", 1)
    defer {
      unsetenv("KERAS_HOME")
      unsetenv("TRAIN_DATASETS_MIRROR")
    }
    do {
      _ = try call("mnist.load_data")
      Issue.record("there is no file yet")
    } catch let failure as Failure {
      #expect(failure.message.contains("\(folder)/datasets/mnist.npz") && failure.message.contains("https://"))
    }
    for (name, count) in [("train", 3), ("t10k", 2)] {
      _ = try write(images(count), "datasets/fashion-mnist/\(name)-images-idx3-ubyte.gz")
      _ = try write(labels(count), "datasets/fashion-mnist/\(name)-labels-idx1-ubyte.gz")
    }
    guard case .tuple(let parts) = try call("fashion_mnist.load_data"), case .tuple(let test) = parts[1],
      case .array(let x) = test[0], case .array(let y) = test[1]
    else { throw Failure("two pairs of arrays") }
    #expect(x.shape == [2, 28, 28] && x.type == .uint8 && y.doubles == [0, 1])
    _ = try NPZ.write(
      [("x_train", x), ("y_train", y), ("x_test", x), ("y_test", y)], to: "\(folder)/datasets/mnist.npz")
    guard case .tuple(let pairs) = try call("mnist.load_data"), case .tuple(let train) = pairs[0],
      case .array(let again) = train[0]
    else { throw Failure("two pairs of arrays") }
    #expect(again.shape == [2, 28, 28])
    _ = try NPZ.write(
      [("x_train", x), ("y_train", x), ("x_test", x), ("y_test", y)], to: "\(folder)/datasets/odd.npz")
    #expect(throws: Failure.self) { try call("mnist.load_data", ["path": .string("odd.npz")]) }
    let (entry, traits) = try functionEntry("mnist.load_data")
    guard case .tuple(let forecasts) = try traits.forecast(arguments(entry)), case .tuple(let first) = forecasts[0],
      case .type(.array(.uint8, let shape)) = first[0]
    else { throw Failure("two pairs of arrays are forecast") }
    #expect(shape == [2, 28, 28])
  }

  @Test("a table is columns, or with a target a data set")
  func tables() throws {
    let path = try write(Array("w,h,kind\n1.5,2,0\n3,4,1\n".utf8), "t.csv")
    guard case .object(let table) = try call("read_csv", ["filepath": .string(path)]) else { throw Failure("a table") }
    guard case .array(let w) = try table.subscripted(.string("w")) else { throw Failure("an array") }
    #expect(w.doubles == [1.5, 3])
    #expect(throws: MachineError.self) { try table.subscripted(.string("x")) }
    guard case .string(let head) = try table.call("head", [.integer(1)]) else { throw Failure("text") }
    #expect(head == "  w  h  kind\n1.5  2     0")
    let given: [String: Value] = ["filepath": .string(path), "target": .string("kind")]
    guard case .object(let object as DataObject) = try call("read_csv", given), let data = object.examples as? Dataset else {
      throw Failure("a data set")
    }
    #expect(data.inputs[0].doubles == [1.5, 2, 3, 4] && data.targets[0].doubles == [0, 1])
    #expect(throws: Failure.self) { try call("read_csv", ["filepath": .string(path), "target": .string("x")]) }
  }

  private func data(_ text: String, _ given: [String: Value]) throws -> (object: DataObject, data: Dataset) {
    let path = try write(Array(text.utf8), "t.csv")
    let all = given.merging(["filepath": .string(path), "verbose": .bool(false)]) { $1 }
    guard case .object(let object as DataObject) = try call("read_csv", all), let data = object.examples as? Dataset else {
      throw Failure("a data set")
    }
    // What was forecast is what came of it.
    let (entry, traits) = try functionEntry("read_csv")
    guard case .data(let spec, _, let facts, _) = try traits.forecast(arguments(entry, all)) else {
      throw Failure("a data set is forecast")
    }
    #expect(spec == object.spec && Set(facts.keys) == Set(object.facts.keys))
    return (object, data)
  }

  private func failure(_ text: String, _ given: [String: Value]) throws -> String {
    do {
      _ = try data(text, given)
      return "no failure"
    } catch let failure as Failure { return failure.message.replacingOccurrences(of: folder, with: "") }
  }

  private static let people =
    "age,city,member,since,kind\n1,Rome,True,2024-01-01,b\n2,Oslo,False,2024-01-03,a\n4,Rome,True,1970-01-02,b\n"

  @Test("texts, truth values and dates become numbers; texts of the target are classes")
  func encodedColumns() throws {
    let (object, data) = try data(Self.people, ["target": .string("kind")])
    #expect(data.inputs[0].type == .float32 && data.inputs[0].shape == [3, 4])
    #expect(data.inputs[0].doubles == [1, 1, 1, 19723, 2, 0, 0, 19725, 4, 1, 1, 1])
    #expect(data.targets[0].type == .int64 && data.targets[0].doubles == [1, 0, 1] && object.spec.classCount == 2)
    #expect(object.facts["class_names"]?.isSame(["a", "b"]) == true)
    #expect(object.facts["feature_names"]?.isSame(["age", "city", "member", "since"]) == true)
    guard case .dict(let words)? = object.facts["vocabulary"] else { throw Failure("a dict") }
    #expect(words[.string("city")]?.isSame(["Oslo", "Rome"]) == true)
  }

  @Test("each text is a number of its own where asked; what is missing is none of them")
  func oneHotColumns() throws {
    let text = "city,n,y\nRome,1,0\n,2,1\nOslo,3,1\n"
    let (object, data) = try data(text, ["target": .string("y"), "categories": .string("one_hot")])
    #expect(data.inputs[0].doubles == [0, 1, 1, 0, 0, 2, 1, 0, 3])
    #expect(object.facts["feature_names"]?.isSame(["city_Oslo", "city_Rome", "n"]) == true)
  }

  @Test("another table's texts get the numbers of the first")
  func vocabulary() throws {
    let (object, _) = try data(Self.people, ["target": .string("kind")])
    let words = try #require(object.facts["vocabulary"])
    let text = "age,city,member,since,kind\n1,Rome,True,2024-01-01,b\n"
    let (other, data) = try data(text, ["target": .string("kind"), "vocabulary": words])
    #expect(data.inputs[0].doubles == [1, 1, 1, 19723] && data.targets[0].doubles == [1] && other.spec.classCount == 2)
    #expect(
      try failure(text.replacingOccurrences(of: "Rome", with: "Bonn"), ["target": .string("kind"), "vocabulary": words])
        == "row 0 of `/t.csv` has `Bonn` in the column `city`, which its vocabulary does not hold")
  }

  @Test("what is missing is told with its line and column, or filled")
  func missingValues() throws {
    let text = "a,city,y\n1,Rome,0\n,Oslo,1\n3,,1\n"
    let target: [String: Value] = ["target": .string("y")]
    #expect(
      try failure(text, target).hasPrefix("line 3 of `/t.csv` has no value in the column `a`, which a network cannot take: "))
    let mean = target.merging(["fillna": .string("mean")]) { $1 }
    #expect(try failure(text, mean).hasPrefix("line 4 of `/t.csv` has no value in the column `city`"))
    let both: Value = .dict(DictValue([("a", .string("mean")), ("city", .string("Rome"))]))
    let (object, filled) = try data(text, target.merging(["fillna": both]) { $1 })
    #expect(filled.inputs[0].doubles == [1, 1, 2, 0, 3, 1])
    guard case .dict(let values)? = object.facts["fillna"] else { throw Failure("a dict") }
    #expect(values[.string("a")]?.described == "2.0")
    #expect(try data(text, target.merging(["fillna": .dict(values)]) { $1 }).data.inputs[0].doubles == filled.inputs[0].doubles)
    #expect(
      try failure(text, target.merging(["fillna": .dict(DictValue([("a", .float(1)), ("city", .string("Bonn"))]))]) { $1 })
        .contains("`Bonn`"))
    #expect(try failure(text, target.merging(["fillna": .dict(DictValue([("b", .float(1))]))]) { $1 }).contains("no column `b`"))
  }

  @Test("a table tells what its columns are, and its texts as they stand")
  func tableOfTexts() throws {
    let path = try write(Array((Self.people + "5,,False,,a\n").utf8), "t.csv")
    var told = ""
    let (entry, traits) = try functionEntry("read_csv")
    let surroundings = FunctionSurroundings(stream: RandomStream(seed: 1, "t")) { told += $0 }
    guard case .object(let table) = try traits.call(arguments(entry, ["filepath": .string(path)]), surroundings) else {
      throw Failure("a table")
    }
    let expected = """
      `\(path)`: 4 rows
        numbers: age
        texts: city (Oslo, Rome), kind (a, b)
        truth values: member
        dates, as days since 1970-01-01: since
        with missing values: city (1), since (1)

      """
    #expect(told == expected)
    #expect(
      try table.attribute("dtypes").described
        == "{'age': 'int64', 'city': 'category', 'member': 'bool', 'since': 'date', 'kind': 'category'}")
    #expect(try table.subscripted(.string("city")).described == "['Rome', 'Oslo', 'Rome', None]")
    #expect(try table.call("codes", [.string("city")]).described == "array([ 1,  0,  1, -1])")
    #expect(throws: MachineError.self) { try table.call("codes", [.string("age")]) }
    #expect(try table.call("head", [.integer(4)]).described.hasSuffix("5   NaN   False      NaN     a'"))
  }

  @Test("a table of numbers tells nothing of itself")
  func tellsNothingOfNumbers() throws {
    let path = try write(Array("a,b\n1,2.5\n".utf8), "t.csv")
    var told = ""
    let (entry, traits) = try functionEntry("read_csv")
    _ = try traits.call(
      arguments(entry, ["filepath": .string(path)]), FunctionSurroundings(stream: RandomStream(seed: 1, "t")) { told += $0 })
    #expect(told == "")
  }
}

extension Value {
  fileprivate var described: String { Operations.representation(self) }
  fileprivate func isSame(_ texts: [String]) -> Bool { described == Value.list(texts.map(Value.string)).described }
}
