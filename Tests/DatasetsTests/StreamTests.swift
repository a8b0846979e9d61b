import Arrays
import Artifacts
import Glibc
import Plans
import Synchronization
import Testing

@testable import Datasets

/// Numbers its elements, and counts how many are made.
private final class Counted: ElementSource {
  let spec: DataSpec
  let count: Int?
  let fingerprint = "counted"
  let failing: Int?
  let delay: UInt32
  let made = Mutex<[Int]>([])

  init(_ count: Int?, failing: Int? = nil, delay: UInt32 = 0) {
    self.count = count
    self.failing = failing
    self.delay = delay
    spec = DataSpec(count: count, inputs: [TensorSpec(Shape([2]), .float32)], targets: [TensorSpec(Shape([]), .int64)])
  }

  func element(_ index: Int, inPass pass: Int) throws(DataFailure) -> Element {
    made.withLock { $0.append(index) }
    usleep(delay)
    if index == failing { throw .file(path: "\(index).png", reason: "it is cut short") }
    return Element(
      inputs: [NDArray(floats: [Float(index), Float(pass)], shape: [2])], targets: [NDArray(integers: [index], shape: [])])
  }
}

extension ElementSource {
  fileprivate func numbers(_ index: Int, inPass pass: Int = 0) throws -> [Int] {
    try element(index, inPass: pass).targets[0].doubles.map { Int($0) }
  }
  fileprivate func all(inPass pass: Int = 0) throws -> [[Int]] { try (0..<(count ?? 0)).map { try numbers($0, inPass: pass) } }
}

@Suite struct StreamTests {
  @Test func batchesAreNeighbours() throws {
    let batches = BatchedSource(Counted(7), size: 3)
    #expect(batches.count == 3 && batches.spec.isBatched && batches.spec.count == 3)
    #expect(try batches.all() == [[0, 1, 2], [3, 4, 5], [6]])
    let first = try batches.element(0, inPass: 2)
    #expect(first.inputs[0].shape == [3, 2] && first.inputs[0].doubles == [0, 2, 1, 2, 2, 2])
    #expect(try BatchedSource(Counted(7), size: 3, dropsRemainder: true).all() == [[0, 1, 2], [3, 4, 5]])
    #expect(try BatchedSource(Counted(nil), size: 2).numbers(50) == [100, 101])
  }

  @Test func eachPassIsShuffledAnew() throws {
    let stream = RandomStream(seed: 3)
    let source = ShuffledSource(Counted(50), stream: stream)
    let (first, second) = (try source.all(), try source.all(inPass: 1))
    #expect(first != second && first != (0..<50).map { [$0] })
    #expect(Set(first) == Set((0..<50).map { [$0] }) && Set(second) == Set(first))
    #expect(try source.all() == first, "a pass is the same whenever it is asked for")
    #expect(try BatchedSource(source, size: 20).all().flatMap { $0 } == first.flatMap { $0 })
    let kept = ShuffledSource(Counted(50), stream: stream, isReshuffled: false)
    #expect(try kept.all() == kept.all(inPass: 5))
  }

  @Test func slicesAreParts() throws {
    let source = Counted(10)
    #expect(try SlicedSource(source, 0..<4).all() == (0..<4).map { [$0] })
    #expect(try SlicedSource(source, 7..<20).all() == (7..<10).map { [$0] })
    #expect(SlicedSource(source, 20..<30).count == 0)
    #expect(try BatchedSource(SlicedSource(source, 5..<10), size: 3).all() == [[5, 6, 7], [8, 9]])
  }

  @Test(arguments: [1, 2, 4], [1, 2, 5])
  func aLoaderGivesAllInOrder(_ threads: Int, _ ahead: Int) throws {
    let source = Counted(20)
    let loader = ElementLoader(source, threads: threads, ahead: ahead)
    for pass in 0..<3 {
      for index in 0..<20 {
        #expect(try loader.take(index, inPass: pass).inputs[0].doubles == [Double(index), Double(pass)])
        #expect(source.made.withLock { $0.count } <= pass * 20 + index + 1 + ahead, "no more than so many are made ahead")
      }
    }
  }

  @Test func aLoaderJumpsWhereItIsAsked() throws {
    let loader = ElementLoader(Counted(100), threads: 2, ahead: 3)
    for index in [0, 1, 50, 51, 52, 10, 99] { #expect(try loader.take(index, inPass: 7).targets[0].doubles == [Double(index)]) }
    // After the last of a pass comes the first of the next.
    #expect(try loader.take(0, inPass: 8).inputs[0].doubles == [0, 8])
  }

  @Test func aLoaderRepeatsAPass() throws {
    let source = Counted(3)
    let loader = ElementLoader(source, threads: 1, ahead: 2, repeatsPass: true)
    for _ in 0..<5 { for index in 0..<3 { #expect(try loader.take(index, inPass: 0).inputs[0].doubles == [Double(index), 0]) } }
    #expect(source.made.withLock { $0.count } <= 15 + 2, "nothing is made twice")
  }

  /// Elements before the failing one are given, and the failure comes in its place.
  @Test func aFailureComesInItsPlace() throws {
    let loader = ElementLoader(Counted(10, failing: 4), threads: 2, ahead: 4)
    for index in 0..<4 { _ = try loader.take(index, inPass: 0) }
    #expect(throws: DataFailure.file(path: "4.png", reason: "it is cut short")) { _ = try loader.take(4, inPass: 0) }
    #expect(try loader.take(5, inPass: 0).targets[0].doubles == [5])
  }

  /// Elements are made while nobody waits for them.
  @Test func elementsAreMadeAhead() throws {
    let source = Counted(8, delay: 20_000)
    let loader = ElementLoader(source, threads: 2, ahead: 2)
    _ = try loader.take(0, inPass: 0)
    let deadline = Console.now() + 5
    while source.made.withLock({ $0.count }) < 3, Console.now() < deadline { usleep(1000) }
    #expect(source.made.withLock { Set($0) } == [0, 1, 2])
  }

  @Test func whatIsFinishedIsLookedThrough() throws {
    let loader = ElementLoader(Counted(5), threads: 2, ahead: 2) { element throws(DataFailure) in
      if element.targets[0].doubles == [3] { throw .notANumber(array: "`x`", row: 0) }
      return Element(inputs: element.inputs)
    }
    #expect(try loader.take(2, inPass: 0).targets.isEmpty)
    #expect(throws: DataFailure.notANumber(array: "`x`", row: 0)) { _ = try loader.take(3, inPass: 0) }
  }
}

private enum Console {
  static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
