import Testing

@testable import Tensors

/// A batch is gathered from arrays in their stored type.
@Suite struct GatherTests {
  /// The rows 2, 0, 2 of [[1, 2], [3, 4], [5, 6]], as read from an array of this type.
  private func gathered<Element: Numeric>(_ element: ArraySource.Element, _: Element.Type, scale: Double = 1) throws -> [Float] {
    var graph = Graph()
    let x = graph.input("x", shape: [3, 2])
    let scaled = graph.add(graph.multiply(x, by: scale), scale == 1 ? 0 : -1)
    graph.output(scaled)
    let program = try Program(graph, store: VariableStore(), pool: Pool(threads: 1))
    let stored: [Element] = [1, 2, 3, 4, 5, 6]
    let rows: [Int32] = [2, 0, 2]
    try stored.withUnsafeBytes { stored throws in
      guard let pointer = stored.baseAddress else { return }
      program.bind("x", ArraySource(pointer, element, rowElements: 2, rowCount: 3))
      try rows.withUnsafeBufferPointer { if let rows = $0.baseAddress { try program.run(rows: rows) } }
    }
    return Array(program.read(scaled))
  }

  @Test func everyStoredTypeIsRead() throws {
    let expected: [Float] = [5, 6, 1, 2, 5, 6]
    #expect(try gathered(.float32, Float.self) == expected)
    #expect(try gathered(.float64, Double.self) == expected)
    #expect(try gathered(.uint8, UInt8.self) == expected)
    #expect(try gathered(.int32, Int32.self) == expected)
    #expect(try gathered(.int64, Int64.self) == expected)
    #expect(try gathered(.bool, UInt8.self) == expected)
  }

  @Test func rescalingHappensWhileGathering() throws {
    #expect(try gathered(.uint8, UInt8.self, scale: 0.5) == [1.5, 2, -0.5, 0, 1.5, 2])
  }

  @Test func consecutiveRowsNeedNoList() throws {
    var graph = Graph()
    let x = graph.input("x", shape: [2, 1], type: .int32)
    let asNumbers = graph.cast(x, to: .float32)
    graph.output(asNumbers)
    let program = try Program(graph, store: VariableStore(), pool: Pool(threads: 1))
    let labels: [Int64] = [10, 11, 12, 13]
    try labels.withUnsafeBytes { labels throws in
      guard let pointer = labels.baseAddress else { return }
      program.bind("x", ArraySource(pointer, .int64, rowElements: 1, rowCount: 4))
      try program.run(first: 2)
      #expect(Array(program.read(asNumbers)) == [12, 13])
      try program.run()
      #expect(Array(program.read(asNumbers)) == [10, 11])
    }
  }
}
