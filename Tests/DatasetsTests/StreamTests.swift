import Arrays
import Artifacts
import Diagnostics
import Foundation
import Glibc
import Lambdas
import Plans
import Synchronization
import Syntax
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
    spec = DataSpec(
      count: count, inputs: [TensorSpec(Shape([2]), .float32)], targets: [TensorSpec(Shape([]), .int64)], isEndless: count == nil)
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

  /// Whatever order elements are asked for in, those that lie in memory are where they are said to be.
  @Test func whatLiesInMemoryIsFoundThere() throws {
    let stream = RandomStream(seed: 3)
    let arrays = MemorySource(
      try Dataset(
        inputs: [NDArray(floats: (0..<100).map(Float.init), shape: [50, 2])],
        targets: [NDArray(integers: Array(0..<50), shape: [50])]))
    let cached = CachedSource(Counted(50))
    let cachedBatches = CachedSource(BatchedSource(Counted(50), size: 8))
    let path = NSTemporaryDirectory() + "cache-\(UUID().uuidString)"
    defer { unlink(path) }
    let inFile = try CachedSource(Counted(50), in: path)
    for source in [cached, cachedBatches, inFile] as [any ElementSource] {
      #expect(source.rows(of: [0], inPass: 0) == nil)
      _ = try source.all()
    }
    let halves = ZippedSource([
      SlicedSource(arrays, 0..<Int.max), MemorySource(try Dataset(inputs: [NDArray(integers: Array(50..<100), shape: [50])])),
    ])
    let sources: [any ElementSource] = [
      arrays, ShuffledSource(arrays, stream: stream), BatchedSource(ShuffledSource(arrays, stream: stream), size: 7), cached,
      BatchedSource(ShuffledSource(cached, stream: stream, buffer: 9), size: 8, dropsRemainder: true), inFile,
      ShuffledSource(cachedBatches, stream: stream), PrefetchedSource(cachedBatches, ahead: 2),
      BatchedSource(RepeatedSource(ShuffledSource(cached, stream: stream), times: 2), size: 33), halves,
      BatchedSource(SlicedSource(halves, 3..<40), size: 5), ReorderedSource(halves, inputs: [0], targets: [0]),
    ]
    for source in sources {
      for pass in 0..<3 {
        for index in 0..<(source.count ?? 0) {
          let found = try #require(source.rows(of: [index], inPass: pass), "\(source.fingerprint)")
          let rows = Element(found.data).rows(found.rows.map(Int.init))
          let whole = source.spec.isBatched ? rows : try rows.alone()
          let made = try source.element(index, inPass: pass)
          #expect(
            whole.form == made.form && whole.arrays.map(\.fingerprint) == made.arrays.map(\.fingerprint), "\(source.fingerprint)")
        }
      }
      #expect(source.rows(of: [0], inPass: 0)?.data === source.rows(of: [1], inPass: 1)?.data)
    }
    // What is made anew, or has no one place, is not said to lie there.
    let mixed =
      [BatchedSource(Counted(50), size: 8), ZippedSource([arrays, ShuffledSource(arrays, stream: stream)])] as [any ElementSource]
    for source in mixed { #expect(source.rows(of: [1], inPass: 0) == nil) }
  }

  @Test func slicesAreParts() throws {
    let source = Counted(10)
    #expect(try SlicedSource(source, 0..<4).all() == (0..<4).map { [$0] })
    #expect(try SlicedSource(source, 7..<20).all() == (7..<10).map { [$0] })
    #expect(SlicedSource(source, 20..<30).count == 0)
    #expect(try BatchedSource(SlicedSource(source, 5..<10), size: 3).all() == [[5, 6, 7], [8, 9]])
  }

  @Test func whatIsRepeatedGoesThroughPasses() throws {
    let twice = RepeatedSource(Counted(3), times: 2)
    #expect(twice.count == 6 && twice.spec.count == 6)
    #expect(try twice.all() == [[0], [1], [2], [0], [1], [2]])
    #expect(try twice.element(4, inPass: 5).inputs[0].doubles == [1, 11], "the second round of the sixth pass is the twelfth")
    let ever = RepeatedSource(Counted(3), times: nil)
    #expect(ever.count == nil && ever.spec.isEndless)
    #expect(try ever.element(3_000_001, inPass: 0).inputs[0].doubles == [1, 1_000_000])
    #expect(RepeatedSource(Counted(0), times: nil).count == 0 && RepeatedSource(ever, times: 0).count == 0)
    let some = SlicedSource(ever, 2..<9)
    #expect(some.count == 7 && some.spec.count == 7 && !some.spec.isEndless)
    #expect(try some.all() == [2, 0, 1, 2, 0, 1, 2].map { [$0] })
    #expect(SlicedSource(ever, 2..<Int.max).count == nil)
    // A batch reaches over the end of a round.
    #expect(try BatchedSource(RepeatedSource(Counted(3), times: nil), size: 4).numbers(1) == [1, 2, 0, 1])
    // Each round of what is shuffled has an order of its own.
    let rounds = RepeatedSource(ShuffledSource(Counted(20), stream: RandomStream(seed: 1)), times: nil)
    let numbers = try (0..<60).map { try rounds.numbers($0)[0] }
    #expect(
      Set(numbers[..<20]).count == 20 && Set(numbers[20..<40]).count == 20 && Array(numbers[..<20]) != Array(numbers[20..<40]))
  }

  /// As a buffer of so many elements shuffles: no element comes earlier than the buffer reaches, all of them come.
  @Test func aBufferShufflesWithinItsReach() throws {
    for buffer in [1, 2, 7, 49, 50, 200] {
      let source = ShuffledSource(Counted(50), stream: RandomStream(seed: 5), buffer: buffer)
      let order = try source.all(inPass: 3).map { $0[0] }
      #expect(order.sorted() == Array(0..<50))
      #expect(order.enumerated().allSatisfy { place, number in number < place + buffer })
      #expect((order == Array(0..<50)) == (buffer == 1))
    }
    let endless = RepeatedSource(Counted(50), times: nil)
    let source = ShuffledSource(endless, stream: RandomStream(seed: 5), buffer: 10)
    let numbers = try (0..<100).map { try source.numbers($0)[0] }
    for start in stride(from: 0, to: 100, by: 10) {
      #expect(numbers[start..<start + 10].sorted() == (start..<start + 10).map { $0 % 50 })
    }
    #expect(try source.numbers(73)[0] == numbers[73])
  }

  /// Of very many elements a stretch is put in order, and not all of them before the first.
  @Test func longDataIsShuffledInStretches() throws {
    let count = 3_000_000_000
    let source = ShuffledSource(Counted(count), stream: RandomStream(seed: 5), buffer: 1000)
    let first = try (0..<5000).map { try source.numbers($0)[0] }
    #expect(Set(first).count == first.count && first != first.sorted())
    #expect(first.enumerated().allSatisfy { place, number in number < place + 1000 })
    let last = try (count - 2000..<count).map { try source.numbers($0)[0] }
    #expect(Set(last).count == last.count && last.allSatisfy { $0 >= count - (1 << 20) && $0 < count })
    let all = ShuffledSource(Counted(1 << 40), stream: RandomStream(seed: 5))
    #expect(try all.numbers(0)[0] / (1 << 24) == 0 && all.numbers((1 << 39) + 7)[0] / (1 << 24) == 1 << 15)
  }

  @Test func numbersInARowLieNowhere() throws {
    let source = RangeSource(RangeValue(start: 10, stop: -1_000_000_000_000, step: -3))
    #expect(source.count == 333_333_333_337 && source.spec.count == source.count)
    #expect(try source.element(5, inPass: 0).inputs[0].integers == [-5])
    #expect(try source.batch(of: [0, 2], inPass: 1).inputs[0].integers == [10, 4])
    #expect(RangeSource(RangeValue(start: 3, stop: 3, step: 1)).count == 0)
  }

  @Test func batchesAreTakenApart() throws {
    let batches = BatchedSource(Counted(7), size: 3)
    #expect(UnbatchedSource.make(batches).count == 7)
    // The small batch may stand anywhere.
    let shuffled = ShuffledSource(batches, stream: RandomStream(seed: 2))
    let examples = UnbatchedSource.make(shuffled)
    #expect(examples.count == 7 && !examples.spec.isBatched)
    for pass in 0..<6 {
      #expect(try examples.all(inPass: pass) == shuffled.all(inPass: pass).flatMap { $0.map { [$0] } })
    }
    #expect(try BatchedSource(examples, size: 2).all(inPass: 1).flatMap { $0 } == examples.all(inPass: 1).flatMap { $0 })
    let endless = UnbatchedSource.make(RepeatedSource(batches, times: nil))
    #expect(endless.count == nil && endless.spec.isEndless)
    #expect(try (12..<16).map { try endless.numbers($0)[0] } == [5, 6, 0, 1])
    let whole = UnbatchedSource.make(BatchedSource(Counted(7), size: 3, dropsRemainder: true))
    #expect(try whole.count == 6 && whole.all() == (0..<6).map { [$0] })
    // Nothing is made twice to be taken apart.
    let counted = Counted(64)
    let apart = UnbatchedSource.make(ShuffledSource(BatchedSource(counted, size: 16), stream: RandomStream(seed: 0)))
    _ = try apart.all()
    #expect(counted.made.withLock { $0.count } == 64)
  }

  @Test func dataStandsSideBySide() throws {
    let both = ZippedSource([Counted(5), RepeatedSource(Counted(3), times: nil), Counted(9)])
    #expect(both.count == 5 && both.spec.count == 5 && both.spec.inputs.count == 2 && both.spec.targets.count == 2)
    let element = try both.element(4, inPass: 0)
    #expect(element.inputs.map(\.doubles) == [[4, 0], [4]] && element.targets.map(\.doubles) == [[1, 1], [1]])
    #expect(element.sampleWeights.map(\.doubles) == [[4, 0], [4]] && both.spec.hasSampleWeights)
    let batch = try BatchedSource(both, size: 2).element(1, inPass: 0)
    #expect(batch.targets[1].doubles == [2, 0] && batch.inputs[0].shape == [2, 2])
  }

  /// Parts of what is shuffled anew in each pass have nothing in common in any of them.
  @Test func partsOfAFixedOrderShareNothing() throws {
    let shuffled = ShuffledSource(Counted(20), stream: RandomStream(seed: 8))
    let fixed = SlicedSource(RepeatedSource(BatchedSource(shuffled, size: 1), times: 1), 0..<20).inFixedOrder()
    for pass in 1..<4 {
      #expect(try fixed.all(inPass: pass) == shuffled.all())
      #expect(try fixed.element(0, inPass: pass).inputs[0].doubles[1] == Double(pass), "what is drawn anew stays so")
    }
    #expect(SlicedSource(shuffled, 0..<20).identity(of: 3, inPass: 2) == (try shuffled.numbers(3, inPass: 2)[0]))
    #expect(BatchedSource(shuffled, size: 2).identity(of: 3, inPass: 2) == nil)
  }

  @Test func memoryIsGathered() throws {
    let data = try Dataset(
      inputs: [NDArray(floats: [0, 1, 2, 3, 4, 5], shape: [3, 2])], targets: [NDArray(integers: [7, 8, 9], shape: [3])],
      classCount: 10)
    let source = MemorySource(data)
    #expect(source.spec == data.spec && source.count == 3)
    #expect(try source.element(2, inPass: 1).inputs[0].shape == [2])
    let batch = try source.makeBatch(of: [2, 0, 2], inPass: 0)
    #expect(batch.inputs[0].doubles == [4, 5, 0, 1, 4, 5] && batch.targets[0].doubles == [9, 7, 9])
    #expect(batch.targets[0].type == .int64 && batch.inputs[0].type == .float32)
  }

  private static func function(_ name: String, _ body: @escaping @Sendable ([Value?]) throws(MachineError) -> Value)
    -> FunctionOfElements
  {
    let type = FunctionType([.init("x", .any), .init("y", .any)], returns: .any)
    return FunctionOfElements(FunctionValue(name: name, type: type, body: .host(body)), of: name, stream: RandomStream(seed: 1))
  }

  @Test func whatIsKeptIsLookedAtOnce() throws {
    let counted = Counted(40)
    let isEven = Self.function("filter") { arguments throws(MachineError) in .bool((arguments[1]?.asInteger ?? 1) % 2 == 0) }
    let shuffled = ShuffledSource(counted, stream: RandomStream(seed: 2))
    let kept = FilteredSource(shuffled, isEven)
    #expect(kept.spec.count == nil && counted.made.withLock { $0.isEmpty }, "nothing is made before it is asked for")
    #expect(kept.count == 20 && counted.made.withLock { $0.count } == 40)
    #expect(kept.inFixedOrder().count == 20 && counted.made.withLock { $0.count } == 40, "also for the parts of a split")
    for pass in 0..<3 {
      let numbers = try kept.all(inPass: pass).map { $0[0] }
      #expect(numbers == (try shuffled.all(inPass: pass).map { $0[0] }.filter { $0 % 2 == 0 }))
      #expect(try BatchedSource(kept, size: 7).all(inPass: pass).flatMap { $0 } == numbers)
    }
    #expect(counted.made.withLock { $0.count } == 40 + 3 * 80)
    #expect(try kept.numbers(7, inPass: 2) == FilteredSource(shuffled, isEven).numbers(7, inPass: 2), "a place is found at once")
    #expect(UnbatchedSource.make(BatchedSource(kept, size: 6, dropsRemainder: true)).count == 18)
    #expect(SlicedSource(kept, 15..<30).count == 5 && RepeatedSource(kept, times: 3).count == 60)
  }

  /// What cannot be made, or judged, is told when its turn comes.
  @Test func failuresAreKept() throws {
    let odd = Self.function("filter") { arguments throws(MachineError) in
      if arguments[1]?.asInteger == 6 { throw MachineError(.value, "six") }
      return .bool((arguments[1]?.asInteger ?? 0) % 2 == 1)
    }
    let kept = FilteredSource(Counted(10, failing: 4), odd)
    #expect(try kept.count == 7 && kept.numbers(1) == [3])
    #expect(throws: DataFailure.file(path: "4.png", reason: "it is cut short")) { _ = try kept.element(2, inPass: 0) }
    #expect(throws: DataFailure.function("filter", index: 6, reason: "six", at: nil)) { _ = try kept.element(4, inPass: 0) }
    #expect(throws: DataFailure.function("filter", index: 6, reason: "six", at: nil)) {
      _ = try kept.makeBatch(of: [3, 4], inPass: 0)
    }
    #expect(try kept.numbers(5) == [7])
  }

  @Test func elementsAreMapped() throws {
    let doubled = Self.function("map") { arguments throws(MachineError) in
      guard case .array(let x)? = arguments[0], let y = arguments[1]?.asInteger else { throw MachineError(.type, "no element") }
      return .tuple([.tuple([.array(x), .integer(y)]), .integer(2 * y), .float(0.5)])
    }
    let spec = try #require(try FunctionTrial(doubled, on: Counted(9).spec).mapped())
    #expect(spec.inputs.map(\.shape) == [Shape([2]), Shape([])] && spec.targets == [TensorSpec(Shape([]), .int64)])
    #expect(spec.hasSampleWeights && spec.inputs[1].type == .int64 && spec.count == 9)
    let mapped = MappedSource(Counted(9), doubled, spec: spec)
    #expect(try mapped.all() == (0..<9).map { [2 * $0] })
    #expect(try BatchedSource(mapped, size: 4).element(2, inPass: 0).sampleWeights[0].doubles == [0.5])
    // Batches keep their examples.
    let shortened = Self.function("map") { arguments throws(MachineError) in
      guard case .array(let x)? = arguments[0] else { throw MachineError(.type, "no batch") }
      return .array(x.gathered([0]))
    }
    let batches = BatchedSource(Counted(9), size: 4)
    #expect(throws: (any Error).self) { _ = try FunctionTrial(shortened, on: batches.spec).mapped() }
    #expect(throws: DataFailure.self) { _ = try MappedSource(batches, shortened, spec: batches.spec).element(0, inPass: 0) }
  }

  /// What a function draws is of the pass and the number alone.
  @Test func drawnNumbersFollowTheElement() throws {
    func noise(seed: Int) throws -> FunctionOfElements {
      var findings: [Finding] = []
      let script = parse(Source(name: "noise", text: "lambda x, y: (x + np.random.normal(size=2), y)")).script
      guard case .expression(let expression)? = script.statements.first?.kind,
        case .function(let function)? = try Lambdas.evaluate(expression, scope: .empty, on: Machine(), findings: &findings)
      else { throw MachineError(.type, "no function") }
      return FunctionOfElements(function, of: "map", stream: RandomStream(seed: seed))
    }
    let noise4 = try noise(seed: 4)
    let source = MappedSource(Counted(8), noise4, spec: Counted(8).spec)
    #expect(noise4.isRandom && source.spec.variation == .content)
    func numbers(_ index: Int, _ pass: Int) throws -> [Double] { try source.element(index, inPass: pass).inputs[0].doubles }
    let first = try numbers(5, 2)
    _ = try (0..<8).map { try numbers($0, 0) }
    #expect(try numbers(5, 2) == first && numbers(5, 3) != first)
    let other = try MappedSource(Counted(8), noise(seed: 5), spec: Counted(8).spec).element(5, inPass: 2).inputs[0].doubles
    #expect(other != first)
    #expect(try noise(seed: 5).fingerprint != noise4.fingerprint && noise(seed: 4).fingerprint == noise4.fingerprint)
  }

  /// Elements are those of the first pass, whichever pass they are first asked for in, and are made once.
  @Test(arguments: [false, true]) func whatIsCachedIsMadeOnce(_ isFile: Bool) throws {
    let path = NSTemporaryDirectory() + "cache-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let counted = Counted(150)
    let shuffled = ShuffledSource(counted, stream: RandomStream(seed: 6))
    let cached = isFile ? try CachedSource(shuffled, in: path) : CachedSource(shuffled)
    #expect(cached.spec.variation == .none && cached.count == 150 && counted.made.withLock { $0.isEmpty })
    let expected = try shuffled.all()
    let before = counted.made.withLock { $0.count }
    let mixed = ShuffledSource(cached, stream: RandomStream(seed: 7))
    #expect(try BatchedSource(mixed, size: 11).all(inPass: 3).flatMap { $0.map { [$0] } } == mixed.all(inPass: 3))
    #expect(try cached.all(inPass: 5) == expected && counted.made.withLock { $0.count } == before + 150)
    #expect(try cached.element(70, inPass: 2).inputs[0].doubles[1] == 0)
    // Threads fill it together.
    let other = Counted(150)
    let filled = isFile ? try CachedSource(other, in: path + "2") : CachedSource(other)
    defer { try? FileManager.default.removeItem(atPath: path + "2") }
    let loader = ElementLoader(
      BatchedSource(ShuffledSource(filled, stream: RandomStream(seed: 1)), size: 9), threads: 4, ahead: 8)
    let order = ShuffledSource(Counted(150), stream: RandomStream(seed: 1))
    for pass in 0..<3 {
      for batch in 0..<17 {
        let rows = batch * 9..<min(batch * 9 + 9, 150)
        #expect(try loader.take(batch, inPass: pass).targets[0].integers == rows.map { try order.numbers($0, inPass: pass)[0] })
      }
    }
    #expect(other.made.withLock { Set($0).count } == 150)
  }

  @Test func batchesAreCachedWhole() throws {
    let counted = Counted(10)
    let cached = CachedSource(BatchedSource(counted, size: 4))
    #expect(try cached.all() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]])
    #expect(try cached.all(inPass: 1) == cached.all() && counted.made.withLock { $0.count } == 10)
    #expect(UnbatchedSource.make(cached).count == 10)
  }

  @Test func aCacheFileIsOfItsData() throws {
    let path = NSTemporaryDirectory() + "cache-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let first = Counted(6)
    do {
      let cached = try CachedSource(first, in: path)
      _ = try (0..<5).map { try cached.element($0, inPass: 0) }
      #expect(!FileManager.default.fileExists(atPath: path), "what is not whole has no name")
      _ = try cached.element(5, inPass: 0)
      #expect(FileManager.default.fileExists(atPath: path))
      #expect(try cached.all() == (0..<6).map { [$0] })
    }
    let again = Counted(6)
    let read = try CachedSource(again, in: path)
    #expect(try read.element(3, inPass: 0).inputs[0].doubles == [3, 0])
    #expect(try read.all() == (0..<6).map { [$0] } && again.made.withLock { $0.isEmpty })
    // Other data replaces it, when it is whole.
    let others = try CachedSource(SlicedSource(Counted(6), 1..<4), in: path)
    #expect(try others.all() == [[1], [2], [3]])
    #expect(try CachedSource(SlicedSource(Counted(6, failing: 1), 1..<4), in: path).all() == [[1], [2], [3]])
    // A bit that has turned is seen.
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes[40] ^= 4
    try bytes.write(to: URL(fileURLWithPath: path))
    let damaged = try CachedSource(SlicedSource(Counted(6), 1..<4), in: path)
    #expect(throws: DataFailure.self) { _ = try damaged.all() }
    try Data("text".utf8).write(to: URL(fileURLWithPath: path))
    #expect(throws: DataFailure.self) { _ = try CachedSource(Counted(6), in: path) }
  }

  @Test func whatIsMadeAheadCanBeSaid() {
    let source = PrefetchedSource(Counted(9), ahead: 6)
    #expect(BatchedSource(source, size: 4).ahead == 2 && SlicedSource(source, 0..<4).ahead == 6)
    #expect(PrefetchedSource(BatchedSource(source, size: 4), ahead: nil).ahead == nil)
    #expect(source.fingerprint == "counted")
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
    let loader = ElementLoader(source, threads: 1, ahead: 2, then: .samePass)
    for _ in 0..<5 { for index in 0..<3 { #expect(try loader.take(index, inPass: 0).inputs[0].doubles == [Double(index), 0]) } }
    #expect(source.made.withLock { $0.count } <= 15 + 2, "nothing is made twice")
  }

  @Test func aLoaderEndsWithThePass() throws {
    let source = Counted(5)
    let loader = ElementLoader(source, threads: 2, ahead: 3, then: .nothing)
    for _ in 0..<2 { for index in 0..<5 { #expect(try loader.take(index, inPass: 0).inputs[0].doubles == [Double(index), 0]) } }
    usleep(20_000)
    #expect(source.made.withLock { $0.sorted() } == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4], "nothing is made that nobody asks for")
  }

  /// Elements that take long are made on several threads, those of a pass once; what is quick is made when it is asked for.
  @Test func aReaderReadsAhead() throws {
    let slow = Counted(12, delay: 5_000)
    let reader = ElementReader(slow, isOfLoop: true)
    for index in 0..<12 { #expect(try reader.element(index).targets[0].doubles == [Double(index)]) }
    usleep(20_000)
    #expect(slow.made.withLock { $0.sorted() } == Array(0..<12))
    let failing = ElementReader(Counted(12, failing: 7, delay: 5_000), isOfLoop: true)
    for index in 0..<7 { _ = try failing.element(index) }
    #expect(throws: DataFailure.file(path: "7.png", reason: "it is cut short")) { _ = try failing.element(7) }
    let left = Counted(1000, delay: 5_000)
    do { _ = try ElementReader(left, isOfLoop: true).element(0) }
    usleep(50_000)
    #expect(left.made.withLock { $0 } == [0], "who asks for the first alone has one made")
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

  /// Behind a loader that is gone nothing is made any more.
  @Test func aClosedLoaderHasMadeWhatItBegan() throws {
    let (source, ends) = (Counted(100, delay: 20_000), Counted(100))
    var loader: ElementLoader? = ElementLoader(source, threads: 2, ahead: 4) { element throws(DataFailure) in
      _ = try ends.element(0, inPass: 0)
      return element
    }
    _ = try loader?.take(0, inPass: 0)
    loader = nil
    #expect(source.made.withLock { $0.count } == ends.made.withLock { $0.count })
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
