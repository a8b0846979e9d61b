import Arrays
import CChecksums
import CKernels

/// The numbers a model keeps between steps: variables and optimizer slots as float32 in Keras's plain layout (row-major, kernels
/// [inputs, outputs]), the state block of doubles, and the scalar block. It outlives every Program that works on it.
///
/// Two stores may hold one variable's values: a layer that is part of two models is trained by both.
///
/// Not safe to use from two threads at once; a run of a Program is a use.
package final class VariableStore {
  private struct Entry {
    let name: String
    let id: VariableID
    let values: VariableValues
  }

  private var entries: [Entry] = []
  /// Blocks of 64-byte aligned memory; a variable never moves, so Programs may keep its address.
  private let memory = HugePageMemory()
  /// Numbers that steps read: learning rate, iteration.
  package let scalars = ScalarBlock()
  /// Doubles carried across steps: sums of metrics.
  package let states = StateBlock()

  /// Without values it is only for graphs to be built on: its variables have shapes and take no memory.
  private let holdsValues: Bool

  package init(holdsValues: Bool = true) { self.holdsValues = holdsValues }

  /// All variables in the order in which they were added.
  package var variables: [VariableID] { entries.map(\.id) }

  /// Adds a variable of zeros.
  package func add(_ name: String, shape: [Int]) -> VariableID {
    let id = VariableID(index: entries.count, shape: shape)
    entries.append(Entry(name: name, id: id, values: VariableValues(count: holdsValues ? id.count : 0, in: memory)))
    return id
  }

  /// Adds a variable whose values are another's too: what changes one changes both.
  package func add(_ name: String, shape: [Int], sharing values: VariableValues) -> VariableID {
    let id = VariableID(index: entries.count, shape: shape)
    precondition(values.count == id.count, "shared values fit the shape \(shape)")
    entries.append(Entry(name: name, id: id, values: values))
    return id
  }

  /// The values as something that another store can share.
  package func shared(_ variable: VariableID) -> VariableValues { entries[variable.index].values }

  package func name(of variable: VariableID) -> String { entries[variable.index].name }

  /// Rises whenever the values change: by `write`, `fill`, `restore`, or a Program's step.
  package func version(of variable: VariableID) -> Int { entries[variable.index].values.version }

  /// The values, for as long as nothing writes.
  package func values(of variable: VariableID) -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: entries[variable.index].values.start, count: entries[variable.index].values.count)
  }

  /// A copy of the values. Whoever asks before they change is given the same one, for as long as anyone holds it.
  package func array(of variable: VariableID) -> NDArray {
    NDArray(entries[variable.index].values.snapshot { $0.copyMemory(from: $1) }, shape: variable.shape)
  }

  /// The same of several variables, copied by all threads of a pool together.
  package func arrays(of variables: [VariableID], by pool: Pool) -> [NDArray] {
    var copies: [train_copy] = []
    let arrays = variables.map { variable in
      let snapshot = entries[variable.index].values.snapshot { to, from in copies += Self.pieces(of: from, to) }
      return NDArray(snapshot, shape: variable.shape)
    }
    pool.make(copies)
    return arrays
  }

  /// The same in memory that is given for each, with their checksums. Nobody else is given these.
  package func arrays(of variables: [VariableID], in memory: SnapshotPlaces, by pool: Pool) -> [NDArray] {
    var copies: [train_copy] = []
    var ends: [Int] = []
    for (variable, place) in zip(variables, memory.places) {
      copies += Self.pieces(of: UnsafeRawBufferPointer(values(of: variable)), place)
      ends.append(copies.count)
    }
    let sums = [UInt32](unsafeUninitializedCapacity: copies.count) { sums, count in
      for piece in copies.indices { copies[piece].sum = sums.baseAddress.map { $0 + piece } }
      pool.make(copies)
      count = copies.count
    }
    return variables.indices.map { index in
      let own = (index > 0 ? ends[index - 1] : 0)..<ends[index]
      let checksum = own.reduce(0) { crc32c_join($0, sums[$1], copies[$1].bytes) }
      let snapshot = ArrayStorage(snapshotIn: memory.places[index], of: memory.owner, checksum: checksum)
      return NDArray(snapshot, shape: variables[index].shape)
    }
  }

  /// What a thread copies at a time.
  private static let copiedBytes = 1 << 15

  private static func pieces(of from: UnsafeRawBufferPointer, _ to: UnsafeMutableRawBufferPointer) -> [train_copy] {
    stride(from: 0, to: from.count, by: copiedBytes).map { place in
      let bytes = min(copiedBytes, from.count - place)
      return train_copy(
        to: to.baseAddress.map { $0 + place }, from: from.baseAddress.map { $0 + place }, bytes: UInt64(bytes), sum: nil)
    }
  }

  /// A copy of the values as numbers.
  package func read(_ variable: VariableID) -> [Float] { Array(values(of: variable)) }

  /// Replaces the values, of which there are as many as the shape says.
  package func write(_ values: some Collection<Float>, to variable: VariableID) {
    precondition(values.count == variable.count, "\(values.count) values for a variable of shape \(variable.shape)")
    guard holdsValues else { return }
    _ = mutableValues(of: variable).update(fromContentsOf: values)
  }

  /// Sets every element.
  package func fill(_ variable: VariableID, with value: Float) {
    if holdsValues { mutableValues(of: variable).update(repeating: value) }
  }

  /// The values, to be changed now: counts as a change.
  package func mutableValues(of variable: VariableID) -> UnsafeMutableBufferPointer<Float> {
    noteChange(of: variable)
    return UnsafeMutableBufferPointer(
      start: entries[variable.index].values.start, count: entries[variable.index].values.count)
  }

  /// Where a variable lies, for a Program, which reports its changes with `noteChange`.
  func address(of variable: VariableID) -> UnsafeMutablePointer<Float> { entries[variable.index].values.start }

  func noteChange(of variable: VariableID) { entries[variable.index].values.noteChange() }

  /// Copies of some variables, to return to later.
  package struct Snapshot: Sendable {
    fileprivate let values: [(VariableID, [Float])]
  }

  /// Copies variables (all, if nil).
  package func snapshot(of variables: [VariableID]? = nil) -> Snapshot {
    Snapshot(values: (variables ?? self.variables).map { ($0, read($0)) })
  }

  /// Returns the variables of a snapshot to their values then.
  package func restore(_ snapshot: Snapshot) {
    for (variable, values) in snapshot.values { write(values, to: variable) }
  }
}

/// The values of one variable, for as long as any store holds it.
package final class VariableValues {
  let start: UnsafeMutablePointer<Float>
  let count: Int
  private(set) var version = 0
  /// The copy of some version that was asked for last, while anyone holds it.
  private weak var copy: ArrayStorage?
  private var versionOfCopy = -1
  /// What a copy leaves, for the next.
  private let copies = ArrayPool(mostKept: 1, keepsMany: false)
  /// Keeps the memory that they lie in.
  private let memory: HugePageMemory

  /// Zeros.
  fileprivate init(count: Int, in memory: HugePageMemory) {
    start = memory.allocate(byteCount: count * 4).assumingMemoryBound(to: Float.self)
    self.count = count
    self.memory = memory
  }

  fileprivate func noteChange() { version += 1 }

  /// The numbers as they are now.
  package var numbers: [Float] { Array(UnsafeBufferPointer(start: start, count: count)) }

  /// A copy of the values as they are now: one for each version. A new one is filled by `fill`, before anyone reads it.
  fileprivate func snapshot(
    _ fill: (_ to: UnsafeMutableRawBufferPointer, _ from: UnsafeRawBufferPointer) -> Void
  ) -> ArrayStorage {
    if versionOfCopy == version, let copy { return copy }
    let bytes = UnsafeRawBufferPointer(start: start, count: count * MemoryLayout<Float>.size)
    let snapshot = ArrayStorage(snapshotOf: bytes.count, of: copies)
    fill(snapshot.bytes, bytes)
    (copy, versionOfCopy) = (snapshot, version)
    return snapshot
  }
}

/// The numbers that a host sets before a run, as doubles; a step reads them as float32.
package final class ScalarBlock {
  private var values: [Double] = [0, 0, 0, 1]
  private var names: [String: ScalarName] = [
    "learning rate": .learningRate, "iteration": .iteration, "random step": .randomStep, "loss scale": .lossScale,
  ]

  /// All numbers there are.
  package var all: [ScalarName] { values.indices.map { ScalarName(index: $0) } }

  /// The number of that name, 0 if it is new.
  package func named(_ name: String) -> ScalarName {
    if let known = names[name] { return known }
    let scalar = ScalarName(index: values.count)
    values.append(0)
    names[name] = scalar
    return scalar
  }

  package subscript(name: ScalarName) -> Double {
    get { values[name.index] }
    set { values[name.index] = newValue }
  }
}

/// Doubles carried across steps, in blocks that do not move, so Programs may keep their addresses.
package final class StateBlock {
  private let memory = AlignedMemory()
  private var addresses: [UnsafeMutablePointer<Double>] = []

  /// Adds `count` zeros.
  package func add(count: Int) -> StateID {
    let state = StateID(index: addresses.count, count: count)
    addresses.append(memory.allocate(byteCount: count * 8).assumingMemoryBound(to: Double.self))
    return state
  }

  func address(of state: StateID) -> UnsafeMutablePointer<Double> { addresses[state.index] }

  /// The doubles of one state.
  package subscript(state: StateID) -> [Double] {
    get { Array(UnsafeBufferPointer(start: addresses[state.index], count: state.count)) }
    set {
      precondition(newValue.count == state.count, "a state keeps its count")
      for (position, value) in newValue.enumerated() { addresses[state.index][position] = value }
    }
  }

  /// One double, without copying the others.
  package subscript(state: StateID, position: Int) -> Double {
    get {
      precondition(0..<state.count ~= position, "a state has \(state.count) doubles")
      return addresses[state.index][position]
    }
    set {
      precondition(0..<state.count ~= position, "a state has \(state.count) doubles")
      addresses[state.index][position] = newValue
    }
  }

  /// Sets a state to zeros, as at the start of an epoch.
  package func reset(_ state: StateID) { addresses[state.index].update(repeating: 0, count: state.count) }
}
