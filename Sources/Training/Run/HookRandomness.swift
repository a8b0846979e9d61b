import Arrays
import Artifacts
import Lambdas
import Plans

/// The random numbers of one callback in one run: a stream named by its place, and the generators that its functions reach.
///
/// Where they stand is part of every backup, so that a run that goes on draws what one that was never stopped draws.
final class HookRandomness {
  /// What `np.random` draws from next in the callback's hooks and functions.
  var sequence: RandomSequence
  private let generators: [GeneratorObject]

  init(_ stream: RandomStream, generators: [GeneratorObject] = []) {
    sequence = RandomSequence(stream)
    self.generators = generators
  }

  /// Key and position of the stream, then of each generator.
  var state: JSON { .array(([sequence] + generators.map(\.sequence)).map(\.json)) }

  /// Goes on from a state; false where it is none of this callback's.
  func resume(from state: JSON) -> Bool {
    guard let parts = state.arrayValue, parts.count == generators.count + 1 else { return false }
    let sequences = parts.compactMap(RandomSequence.init)
    guard sequences.count == parts.count else { return false }
    sequence = sequences[0]
    for (generator, sequence) in zip(generators, sequences.dropFirst()) { generator.sequence = sequence }
    return true
  }
}

extension RandomSequence {
  /// Both numbers bit for bit, as JSON's signed ones.
  var json: JSON {
    [.integer(Int(bitPattern: UInt(stream.key))), .integer(Int(bitPattern: UInt(position)))]
  }

  init?(_ json: JSON) {
    guard let key = json[0]?.integerValue, let position = json[1]?.integerValue else { return nil }
    self.init(key: UInt64(UInt(bitPattern: key)), position: UInt64(UInt(bitPattern: position)))
  }
}

extension CallbackPlan {
  /// The generators of random numbers that the callback's functions reach.
  var generators: [GeneratorObject] {
    switch self {
    case .script(let script): return script.generators
    case .entry(let object):
      let functions = object.arguments.values.sorted { $0.key < $1.key }.compactMap { argument in
        if case .function(let function) = argument.value { function } else { nil }
      }
      return functions.flatMap(\.generators)
    }
  }
}
