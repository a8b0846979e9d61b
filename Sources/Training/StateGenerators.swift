import Arrays
import Artifacts
import Lambdas

/// The generators of random numbers in the state of a callback, so that after going on, too, those are one that were one: with each other,
/// and with what the script has besides.
final class StateGenerators {
  /// Those that the state has when the training begins, or goes on: the script may hold them elsewhere. A run that goes on has made the same.
  private let first: [GeneratorObject]
  /// Those that came later, in the order in which they were met.
  private var later: [GeneratorObject] = []
  /// The same of the state that is read, by their numbers there.
  private var read: [Int: GeneratorObject] = [:]

  init(in state: [Value] = []) {
    var found: [GeneratorObject] = []
    func look(at value: Value, depth: Int) {
      // What lies deeper cannot be kept.
      if depth > ValueCoding.depthLimit { return }
      switch value {
      case .object(let generator as GeneratorObject): if !found.contains(where: { $0 === generator }) { found.append(generator) }
      case .list(let elements), .tuple(let elements): for element in elements { look(at: element, depth: depth + 1) }
      case .dict(let dict): for element in dict.values { look(at: element, depth: depth + 1) }
      default: break
      }
    }
    for value in state { look(at: value, depth: 0) }
    first = found
  }

  /// Where those stand that there were first, whether the state holds them still or not; nil where there were none.
  var places: JSON? { first.isEmpty ? nil : .array(first.map(\.sequence.json)) }

  func resume(at places: JSON?) {
    let sequences = places?.arrayValue?.compactMap(RandomSequence.init) ?? []
    guard sequences.count == first.count else { return }
    for (generator, sequence) in zip(first, sequences) { generator.sequence = sequence }
  }

  /// Its number, and how many there were first.
  func json(of generator: GeneratorObject) -> [JSON] {
    if !(first + later).contains(where: { $0 === generator }) { later.append(generator) }
    let number = (first + later).firstIndex { $0 === generator } ?? 0
    return [.integer(number), .integer(first.count)]
  }

  /// The generator that `json(of:)` has told of, from now on at this place.
  func object(of numbers: ArraySlice<JSON>, at sequence: RandomSequence) -> GeneratorObject {
    guard let number = numbers.first?.integerValue, let count = numbers.last?.integerValue, numbers.count == 2 else {
      return GeneratorObject(sequence)
    }
    let known = count == first.count && first.indices.contains(number) ? first[number] : read[number]
    let generator = known ?? GeneratorObject(sequence)
    generator.sequence = sequence
    read[number] = generator
    return generator
  }
}
