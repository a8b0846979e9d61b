import Arrays
import Lambdas
import Plans
import Tensors

/// Layers of words and whole numbers at a network's inputs: the data go through them once, before batches are gathered, and what they
/// give enters the graph.
struct Entrances {
  struct Entrance {
    /// Into the flat plan's tensors: what the layer takes and gives.
    let inputs: [Int]
    let output: Int
    let layer: any ValueLayer
    let name: String
  }

  private(set) var all: [Entrance] = []
  /// A layer of this kind that takes what another layer computes, where no data can go through it; nil if all is well.
  private(set) var misplaced: String?

  init(_ flat: FlatPlan, _ layers: [NetworkLayer], inputs: [Int]) {
    var reached = Set(inputs)
    for application in flat.applications {
      guard let layer = layers[application.layer].layer as? any ValueLayer else { continue }
      let name = layers[application.layer].name
      guard reached.isSuperset(of: application.inputs) else {
        misplaced = misplaced ?? name
        continue
      }
      let output = application.outputs[0]
      all.append(Entrance(inputs: application.inputs, output: output, layer: layer, name: name))
      reached.insert(output)
    }
  }

  /// The tensors that enter the graph.
  var outputs: Set<Int> { Set(all.map(\.output)) }

  /// What the layers make of the arrays of the inputs, in the order of `all`. Throws `layer`.
  func arrays(of data: BatchData, inputs: [Int]) throws(NetworkFailure) -> [NDArray] {
    var known = Dictionary(uniqueKeysWithValues: zip(inputs, data.inputs))
    var made: [NDArray] = []
    for entrance in all {
      let value: Value
      do throws(LearningFailure) {
        var inputs: [TokenArray] = []
        for input in entrance.inputs.compactMap({ known[$0] }) { inputs.append(try TokenArray(.array(input))) }
        value = try entrance.layer.output(of: inputs)
      } catch {
        throw .layer(name: entrance.name, problem: error.problem)
      }
      guard case .array(let array) = value else {
        throw .layer(name: entrance.name, problem: "gives words, which a network cannot hold")
      }
      known[entrance.output] = array
      made.append(array)
    }
    return made
  }
}
