import Arrays
import CChecksums
import Testing

@testable import Tensors

/// What a model keeps between steps.
@Suite struct VariableStoreTests {
  @Test func variablesKeepTheirValuesAndCountChanges() {
    let store = VariableStore()
    let kernel = store.add("dense/kernel", shape: [2, 3])
    #expect(store.name(of: kernel) == "dense/kernel")
    #expect(store.read(kernel) == [0, 0, 0, 0, 0, 0])
    let version = store.version(of: kernel)
    store.write([1, 2, 3, 4, 5, 6], to: kernel)
    #expect(store.read(kernel) == [1, 2, 3, 4, 5, 6])
    #expect(store.version(of: kernel) > version)
    #expect(Int(bitPattern: store.values(of: kernel).baseAddress) % 64 == 0)
  }

  @Test func aSnapshotIsReturnedTo() {
    let store = VariableStore()
    let first = store.add("first", shape: [2])
    let second = store.add("second", shape: [])
    store.write([1, 2], to: first)
    store.fill(second, with: 7)
    let snapshot = store.snapshot(of: [first])
    store.write([3, 4], to: first)
    store.fill(second, with: 8)
    store.restore(snapshot)
    #expect(store.read(first) == [1, 2])
    #expect(store.read(second) == [8])
  }

  /// Everybody who asks for the values before they change holds the same copy, and nobody another's changes.
  @Test func aVersionHasOneCopy() throws {
    let store = VariableStore()
    let weights = store.add("weights", shape: [2])
    let other = store.add("other", shape: [2])
    store.fill(other, with: 3)
    let empty = store.add("empty", shape: [0, 3])
    store.write([1, 2], to: weights)
    let first = store.array(of: weights)
    #expect(first.shape == [2] && first.storage === store.array(of: weights).storage)
    #expect(store.array(of: empty).shape == [0, 3])

    var mine = store.array(of: weights)
    mine.withMutableElements(as: Float.self) { $0[0] = 9 }
    #expect(first.floats == [1, 2] && mine.floats == [9, 2] && store.read(weights) == [1, 2])

    store.fill(weights, with: 7)
    #expect(store.array(of: weights).floats == [7, 7] && first.floats == [1, 2])

    var graph = Graph()
    graph.assign(graph.variable(other), to: weights)
    let before = store.array(of: weights)
    try Program(graph, store: store, pool: Pool(threads: 1)).run()
    #expect(store.array(of: weights).floats == [3, 3] && before.floats == [7, 7])
  }

  /// Copies of many at once are those that each would be alone, for any number of threads; one that is there is given again.
  @Test(arguments: [1, 3]) func manyAreCopiedTogether(threads: Int) throws {
    let store = VariableStore()
    let counts = [3, 0, 100_000, 8192, 8193]
    let variables = counts.map { store.add("\($0)", shape: [$0]) }
    for (number, variable) in variables.enumerated() {
      store.write((0..<counts[number]).map { Float($0 + number) }, to: variable)
    }
    let held = store.array(of: variables[3])
    let arrays = store.arrays(of: variables + [variables[2]], by: try Pool(threads: threads))
    for (variable, array) in zip(variables, arrays) {
      #expect(array.floats == store.read(variable) && array.shape == variable.shape)
    }
    #expect(arrays[3].storage === held.storage && arrays[5].storage === arrays[2].storage)
    store.fill(variables[2], with: 7)
    #expect(arrays[2].floats.last == 100_001)
  }

  /// Copies in memory that is given have their checksums, and are nobody else's.
  @Test(arguments: [1, 3]) func manyAreCopiedToPlaces(threads: Int) throws {
    let store = VariableStore()
    let counts = [3, 0, 100_000, 8192, 8193]
    let variables = counts.map { store.add("\($0)", shape: [$0]) }
    for (number, variable) in variables.enumerated() {
      store.write((0..<counts[number]).map { Float($0 + number) }, to: variable)
    }
    let memory = counts.map { ArrayStorage(byteCount: $0 * 4) }
    let owner = ArrayStorage(byteCount: 1)
    let places = SnapshotPlaces(memory.map(\.bytes), of: owner)
    let arrays = store.arrays(of: variables, in: places, by: try Pool(threads: threads))
    for (index, array) in arrays.enumerated() {
      #expect(array.floats == store.read(variables[index]) && array.shape == variables[index].shape)
      #expect(array.storage.owner === owner && array.storage.bytes.baseAddress == memory[index].bytes.baseAddress)
      #expect(array.storage.checksum == crc32c(0, array.rawBytes.baseAddress, array.rawBytes.count))
    }
    #expect(store.array(of: variables[2]).storage !== arrays[2].storage)
  }

  /// Whoever holds the only reference to a copy may think that it is theirs to write to: the next one who asks must not see that.
  @Test func theOnlyHolderOfACopyChangesItAlone() {
    let store = VariableStore()
    let weights = store.add("weights", shape: [2])
    store.write([1, 2], to: weights)
    var mine = store.array(of: weights)
    mine.withMutableElements(as: Float.self) { $0[0] = 9 }
    #expect(store.array(of: weights).floats == [1, 2])
    weak var held = store.array(of: weights).storage
    #expect(held == nil, "a copy lives as long as somebody holds it")
  }

  @Test func statesAreDoublesThatStepsAddTo() throws {
    let store = VariableStore()
    let values = store.add("values", shape: [3])
    let weights = store.add("weights", shape: [3])
    store.write([1, 2, 3], to: values)
    store.write([1, 0, 0.5], to: weights)
    let sums = store.states.add(count: 3)
    let mean = store.states.add(count: 2)
    var graph = Graph()
    graph.accumulate(graph.variable(values), into: sums)
    graph.accumulateMean(of: graph.variable(values), weights: graph.variable(weights), into: mean)
    let program = try Program(graph, store: store, pool: Pool(threads: 1))
    try program.run()
    try program.run()
    #expect(store.states[sums] == [2, 4, 6])
    #expect(store.states[mean] == [5, 3])
    store.states.reset(mean)
    #expect(store.states[mean] == [0, 0])
  }

  @Test func assignmentsSeeTheVariablesBeforeTheStep() throws {
    let store = VariableStore()
    let a = store.add("a", shape: [2])
    let b = store.add("b", shape: [2])
    store.write([1, 2], to: a)
    store.write([3, 4], to: b)
    var graph = Graph()
    graph.assign(graph.variable(b), to: a)
    graph.assign(graph.variable(a), to: b)
    let program = try Program(graph, store: store, pool: Pool(threads: 1))
    let version = store.version(of: a)
    try program.run()
    #expect(store.read(a) == [3, 4])
    #expect(store.read(b) == [1, 2])
    #expect(store.version(of: a) > version)
  }

  @Test func scalarsAreReadAtEachRun() throws {
    let store = VariableStore()
    let weight = store.add("weight", shape: [])
    var graph = Graph()
    let rate = graph.scalar(.learningRate)
    graph.output(rate)
    graph.update(
      weight, gradient: graph.constant(1), rule: .sgd(momentum: 0, nesterov: false), slots: [], weightDecay: 0)
    let program = try Program(graph, store: store, pool: Pool(threads: 1))
    for value in [0.5, 0.25] {
      store.scalars[.learningRate] = value
      try program.run()
      #expect(program.read(rate)[0] == Float(value))
    }
    #expect(store.read(weight) == [-0.75])
    #expect(store.scalars[.iteration] == 2)
  }
}

extension NDArray {
  fileprivate var floats: [Float] { withElements(as: Float.self) { Array($0) } }
}
