import CKernels
import Testing

@testable import Tensors

@Suite struct PoolingTests {
  private static let squares = Array(repeating: Pooling.Windows.sliding(size: 2, stride: 2), count: 2)

  @Test("Windows reach as far as the padding lets them, and hold positions of the axis alone")
  func windows() {
    #expect(Pooling.Windows.sliding(size: 3, stride: 2).ranges(in: 8) == [0..<3, 2..<5, 4..<7])
    #expect(Pooling.Windows.sliding(size: 3, stride: 2, before: 1, after: 1).ranges(in: 5) == [0..<2, 1..<4, 3..<5])
    #expect(Pooling.Windows.sliding(size: 4, stride: 1).ranges(in: 3).isEmpty)
    #expect(Pooling.Windows.spread(count: 3).ranges(in: 7) == [0..<3, 2..<5, 4..<7])
  }

  @Test("Of equal largest elements the first has the derivative", arguments: kernelLevels, [1, 3, 16, 35])
  func ties(level: String, channels: Int) {
    for (isPaired, isRectified) in [(true, false), (false, false), (true, true), (false, true)] {
      // Two rows and four columns: equal ones on the left, NaN on the right.
      let input = Memory(([1, 2, 0, .nan, 2, 2, 5, 1] as [Float]).flatMap { Array(repeating: $0, count: channels) })
      let output = Memory(count: 2 * channels)
      let gradient = Memory(([7, 9] as [Float]).flatMap { Array(repeating: $0, count: channels) })
      let found = Memory(count: 8 * channels)
      let rows: [Int64] = [0, 2]
      let columns: [Int64] = [0, 2, 2, 4]
      let depth: [Int64] = [0, 1]
      depth.withUnsafeBufferPointer { depth in
        rows.withUnsafeBufferPointer { rows in
          columns.withUnsafeBufferPointer { columns in
            let windows = train_windows(
              ranges: (depth.baseAddress, rows.baseAddress, columns.baseAddress), extents: (1, 2, 4), counts: (1, 1, 2),
              channels: Int64(channels), average: 0, rectified: isRectified ? 1 : 0, form: Int32(TRAIN_WINDOWS_TILE.rawValue),
              pairs: isPaired ? 1 : 0)
            run(
              kernels(level).pooling,
              train_pooling(
                output: output.pointer, input: input.pointer, windows: windows, images: 1, images_per_piece: 1))
            run(
              kernels(level).pooling_gradient,
              train_pooling_gradient(
                input_gradient: found.pointer, output_gradient: gradient.pointer, input: input.pointer, output: output.pointer,
                windows: windows, images: 1, images_per_piece: 1))
          }
        }
      }
      #expect(output.values.prefix(channels).allSatisfy { $0 == 2 } && output.values.suffix(channels).allSatisfy { $0.isNaN })
      let expected: [Float] = [0, 7, 0, isRectified ? 0 : 9, 0, 0, 0, 0]
      #expect(found.values == expected.flatMap { Array(repeating: $0, count: channels) })
      #expect(output.isMarginIntact && found.isMarginIntact)
    }
  }

  @Test("A ReLU that is only pooled moves behind the pool, in both directions")
  func rectifiers() {
    var graph = Graph()
    let x = graph.input("x", shape: [4, 8, 8, 3])
    let loss = graph.reduceSum(graph.square(graph.pool(graph.relu(x), Pooling(.max, PoolingTests.squares))))
    if let gradient = graph.gradients(of: loss, withRespectTo: [x])[x] { graph.output(gradient) }
    graph.output(loss)
    let kinds = Plan(graph).works.map(\.kind)
    #expect(kinds.contains { if case .pool(_, isRectified: true) = $0 { true } else { false } })
    #expect(kinds.contains { if case .poolGradient(_, isRectified: true) = $0 { true } else { false } })
    #expect(!kinds.contains { if case .unary(.relu) = $0 { true } else { false } })
    #expect(!kinds.contains { if case .binary(.reluGradient) = $0 { true } else { false } })
  }

  @Test("Pools that follow each other run image by image")
  func shards() {
    var graph = Graph()
    let x = graph.input("x", shape: [32, 32, 32, 16])
    let once = graph.pool(x, Pooling(.max, PoolingTests.squares))
    graph.output(graph.pool(graph.square(once), Pooling(.average, PoolingTests.squares)))
    let plan = Plan(graph)
    #expect(plan.groups.count == 1 && plan.groups.allSatisfy { $0.range.count == 3 && $0.rows < 32 })
  }
}
