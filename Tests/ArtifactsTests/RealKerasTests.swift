import Arrays
import Artifacts
import Glibc
import Testing

private let python = getenv("KERAS_PYTHON").map { String(cString: $0) }

/// What we write opens in real Keras with the same variables: run with `KERAS_PYTHON` naming a Python that has Keras.
@Test(.enabled(if: python != nil))
func realKerasOpensWhatWeWrite() throws {
  let scratch = Scratch()
  for name in ["sequential-adam", "functional-sgd", "nested-lstm"] {
    let original = try KerasArchive.read(Fixtures.path("\(name).keras"))
    var groups = original.weights.groups
    var named: [(name: String, array: NDArray)] = []
    for place in groups.indices {
      for number in groups[place].variables.indices where groups[place].variables[number].type == .float32 {
        // Other values than the fixture's, so that ours are seen to arrive.
        let start = Double(place) + Double(number) / 8 + 0.125
        groups[place].variables[number] = .counting(from: start, shape: groups[place].variables[number].shape)
      }
      for (number, variable) in groups[place].variables.enumerated() {
        named.append(("\(groups[place].path)/\(number)", variable))
      }
    }
    let archive = KerasArchive(
      metadata: KerasArchive.metadata(), configuration: original.configuration, weights: WeightTree(groups))
    try archive.write(to: scratch.path("\(name).keras"))
    try NPZ.write(named, to: scratch.path("\(name).npz"))
  }
  let script = Fixtures.folder + "/../../../scripts/fixtures/open_keras_files.py"
  #expect(system("KERAS_BACKEND=jax '\(python ?? "")' '\(script)' '\(scratch.folder)'") == 0)
}
