import Arrays
import Artifacts
import Glibc
import Lambdas
import Plans

extension KerasSets {
  /// x uint8 [count, 32, 32, 3], y uint8 [count, 1].
  static let cifar10 = Entry(
    .dataset,
    Signature(
      "cifar10.load_data", "60,000 photographs of ten kinds of things, 32×32 pixels of three channels from 0 to 255.", [],
      source: "A. Krizhevsky, 2009: Learning multiple layers of features from tiny images",
      example: "(x_train, y_train), (x_test, y_test) = cifar10.load_data()"),
    .function(
      FunctionTraits(
        forecast: { _ throws(Failure) in cifarForecast(labels: .uint8) },
        placedCall: { _, surroundings throws(Failure) in
          try CIFAR(
            folder: "cifar-10-batches-py", archive: "cifar-10-python.tar.gz",
            digest: "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
            training: (1...5).map { "data_batch_\($0)" }, test: "test_batch", labels: "labels", labelType: .uint8
          ).value(surroundings)
        })))

  /// x uint8 [count, 32, 32, 3], y int64 [count, 1], as Keras gives it.
  static let cifar100 = Entry(
    .dataset,
    Signature(
      "cifar100.load_data",
      "60,000 photographs of a hundred kinds of things, 32×32 pixels of three channels from 0 to 255.", [labelMode.description],
      source: "A. Krizhevsky, 2009: Learning multiple layers of features from tiny images",
      example: "(x_train, y_train), (x_test, y_test) = cifar100.load_data(label_mode=\"coarse\")"),
    .function(
      FunctionTraits(
        forecast: { _ throws(Failure) in cifarForecast(labels: .int64) },
        placedCall: { arguments, surroundings throws(Failure) in
          try CIFAR(
            folder: "cifar-100-python", archive: "cifar-100-python.tar.gz",
            digest: "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
            training: ["train"], test: "test", labels: arguments[labelMode] + "_labels", labelType: .int64
          ).value(surroundings)
        })))

  private static let labelMode = Parameter<String>(
    "label_mode", "`\"fine\"` for a hundred classes, `\"coarse\"` for the twenty that they are kinds of",
    .choice(["fine", "coarse"]),
    default: "fine")

  private static func cifarForecast(labels type: ElementType) -> Forecast {
    func pair(_ count: Int) -> (x: ValueType, y: ValueType) {
      (.array(.uint8, shape: [count, 32, 32, 3]), .array(type, shape: [count, 1]))
    }
    return pairs(pair(50_000), pair(10_000))
  }
}

/// The two sets of A. Krizhevsky: a tar archive with Python's pickles of dicts, which hold pictures as rows of 3,072 numbers, channel by
/// channel, and their labels.
///
/// Keras keeps the archive as `FOLDER-target_archive` and what it unpacks in `FOLDER-target`; either will do.
private struct CIFAR {
  let folder: String
  let archive: String
  let digest: String
  let training: [String]
  let test: String
  /// The key of the labels.
  let labels: String
  let labelType: ElementType

  /// More than any of the files has.
  private static let byteLimit = 1 << 30

  func value(_ surroundings: FunctionSurroundings) throws(Failure) -> Value {
    let batches = try batches(surroundings)
    var parts: [(x: NDArray, y: NDArray)] = []
    for names in [training, [test]] {
      let found = names.compactMap { batches[$0] }
      guard found.count == names.count else { throw Failure("a part of `\(folder)` is missing") }
      parts.append((try joined(found.map(\.x)), try joined(found.map(\.y))))
    }
    return KerasSets.pairs((.array(parts[0].x), .array(parts[0].y)), (.array(parts[1].x), .array(parts[1].y)))
  }

  /// The batches by name, from where they are.
  private func batches(_ surroundings: FunctionSurroundings) throws(Failure) -> [String: (x: NDArray, y: NDArray)] {
    let unpacked = "\(KnownFile.folder)/\(folder)-target/\(folder)"
    let names = training + [test]
    var batches: [String: (x: NDArray, y: NDArray)] = [:]
    if names.allSatisfy({ access("\(unpacked)/\($0)", F_OK) == 0 }) {
      for name in names {
        let path = "\(unpacked)/\(name)"
        batches[name] = try batch(
          try KerasSets.reading { () throws(FileFailure) in try Pickle.read(path, limit: Self.byteLimit) }, of: path)
      }
      return batches
    }
    let file = KnownFile(name: folder + "-target_archive", address: "https://www.cs.toronto.edu/~kriz/" + archive, digest: digest)
    let path = try file.fetched(surroundings)
    var files = try KerasSets.reading { () throws(FileFailure) in try TarArchive.read(path, names, limit: Self.byteLimit) }
    for name in names {
      let bytes = files.removeValue(forKey: name) ?? []
      batches[name] = try batch(
        try KerasSets.reading { () throws(FileFailure) in try Pickle.value(of: bytes, path: path) }, of: path)
    }
    return batches
  }

  private func batch(_ pickle: PickleValue, of path: String) throws(Failure) -> (x: NDArray, y: NDArray) {
    guard let data = pickle["data"], let labels = pickle[self.labels]?.integers, labels.allSatisfy({ 0..<256 ~= $0 }) else {
      throw Failure("`\(path)` holds no `data` or no `\(self.labels)`")
    }
    let rows = try KerasSets.reading { () throws(FileFailure) in try data.numbers(of: path) }
    guard rows.type == .uint8, rows.shape == [labels.count, 3072] else {
      throw Failure("`\(path)` holds \(labels.count) labels, but pictures of the shape \(rows.shape)")
    }
    do throws(ArrayError) {
      // [count, channels · height · width] → [count, height, width, channels]
      let x = try rows.reshaped([labels.count, 3, 32, 32]).transposed([0, 2, 3, 1])
      let y = NDArray(integers: labels, shape: [labels.count, 1]).converted(to: labelType)
      return (x, y)
    } catch {
      throw Failure("\(error)")
    }
  }

  private func joined(_ arrays: [NDArray]) throws(Failure) -> NDArray {
    if arrays.count == 1 { return arrays[0] }
    do { return try NDArray.concatenate(arrays) } catch { throw Failure("\(error)") }
  }
}
