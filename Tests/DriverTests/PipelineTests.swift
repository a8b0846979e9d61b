import Foundation
import Testing

/// Data sets made of others, beside tf.data.
@Suite struct PipelineTests {
  private struct Record: Decodable {
    struct Case: Decodable {
      let data: String
      let elements: String
    }
    let cases: [Case]
  }

  private static let beginning = """
    x = np.arange(14.0).reshape(7, 2) / 4
    y = np.array([0, 1, 2, 0, 1, 2, 0])
    series = np.arange(20.0) / 2
    pairs = Dataset.from_tensor_slices((x, y))
    numbers = Dataset.range(10)
    def plain(e) = [part.tolist() for part in e] if isinstance(e, tuple) else e.tolist()

    """

  /// Recorded by `scripts/fixtures/pipelines.py`: the expressions mean the same in both.
  @Test func elementsAreThoseOfTensorFlow() throws {
    let path = Program.root + "/Tests/DriverTests/pipelines/tf_data.json"
    let record = try JSONDecoder().decode(Record.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    #expect(record.cases.count > 60)
    let folder = Program.Folder()
    let prints = record.cases.map { "print([plain(e) for e in \($0.data)])\n" }.joined()
    try folder.write(Self.beginning + prints, to: "a.train")
    let ending = try Program.run(["a.train"], in: folder)
    #expect(ending.status == 0, "\(ending.errors)")
    let lines = ending.output.split(separator: "\n").map(String.init)
    #expect(lines.count == record.cases.count)
    for (line, expected) in zip(lines, record.cases) { #expect(line == expected.elements, "\(expected.data)") }
  }

  @Test func loopsGoThroughDataSets() throws {
    let folder = Program.Folder()
    try folder.write(
      Self.beginning + """
        for a, b in pairs.take(2) { print(a, b) }
        for i, batch in enumerate(tf.data.Dataset.from_tensor_slices((x, y, y / 2)).batch(5)) { print(i, [p.shape for p in batch]) }
        found = 0
        for n in numbers {
            if n > 3 { break }
            found += n
        }
        print(found, len(pairs.filter(lambda a, b: b == 0)), list(numbers.skip(8)))
        print(pairs.map(lambda a, b: (a * 2, b)).x.shape, pairs.take(3).y, pairs.x[1])
        layer = Normalization()
        layer.adapt(pairs.batch(3).map(lambda a, b: a))
        print(layer(x).mean().round(5))
        """, to: "a.train")
    let ending = try Program.run(["a.train"], in: folder)
    #expect(
      ending.output == """
        [0.   0.25] 0
        [0.5  0.75] 1
        0 [(5, 2), (5,), (5,)]
        1 [(2, 2), (2,), (2,)]
        6 3 [8, 9]
        (7, 2) [0 1 2] [0.5  0.75]
        0.0

        """, "\(ending.output)\(ending.errors)")
  }

  /// A data set of arrays that only the run knows is checked by their types.
  @Test func slicesOfArraysOfTheRunAreChecked() throws {
    let folder = Program.Folder()
    try folder.write(
      """
      x = np.random.normal(size=(20, 5))
      model m {
          Input((4,))
          Dense(1)
          compile { optimizer = "adam"; loss = "mse" }
      }
      m.fit(tf.data.Dataset.from_tensor_slices((x, x[:, 0])).shuffle(20).batch(4))
      """, to: "a.train")
    let ending = try Program.run(["check", "a.train"], in: folder)
    #expect(ending.status == 2 && ending.errors.contains("takes 4, but each example is 5"), "\(ending.errors)")
  }

  /// However long the data, few elements of it are in memory.
  @Test func aLongStreamTakesLittleMemory() throws {
    let folder = Program.Folder()
    try folder.write(
      """
      settings { seed = 1 }
      data = Dataset.range(200000).map(lambda n: (np.full((512,), n / 200000), n % 2)).batch(100).prefetch(2)
      model m {
          Input((512,))
          Dense(1, activation="sigmoid")
          compile { optimizer = "sgd"; loss = "binary_crossentropy" }
      }
      m.fit(data.take(LENGTH), verbose=0)
      """, to: "a.train")
    func peak(_ length: Int) throws -> Int {
      let text = try #require(folder.contents(of: "a.train").map { String(decoding: $0, as: UTF8.self) })
      try folder.write(text.replacing("LENGTH", with: "\(length)"), to: "b.train")
      let running = try Program.start(["b.train"], in: folder)
      var peak = 0
      while running.process.isRunning {
        let status = (try? String(contentsOfFile: "/proc/\(running.process.processIdentifier)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM") }
        peak = max(peak, Int(line?.filter(\.isNumber) ?? "") ?? 0)
        Thread.sleep(forTimeInterval: 0.002)
      }
      #expect(running.wait().status == 0)
      return peak
    }
    // 150 batches more would be 60 MB.
    let (short, long) = (try peak(10), try peak(160))
    #expect(short > 0 && long < short + 20_000, "\(short) kB, \(long) kB")
  }
}
