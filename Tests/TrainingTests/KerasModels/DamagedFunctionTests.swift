import Arrays
import Artifacts
import Lambdas
import Plans
import Tensors
import Testing

@testable import Networks
@testable import Training

/// The functions of `Lambda` layers in files are not trusted: whatever stands there is refused, or can be computed.
@Suite("Functions in damaged files")
struct DamagedFunctionTests {
  private static let catalog = Catalog([networkEntries])
  private static let steps = """
    [["numbers", [], {"value": [1.5, 2.0, 3.0]}], ["multiply", [0, 1], {}], ["sum", [2], {"axis": 2, "keepdims": true}],
     ["concatenate", [2, 3], {"axis": -1}], ["slice", [4], {"axis": 2, "start": 1, "stop": 3}], ["element", [5], {"axis": 1, "place": -1}],
     ["expand", [6], {"axes": [1]}], ["transpose", [7], {"axes": [0, 2, 1]}], ["reshape", [8], {"shape": [-1, 2]}],
     ["activation", [9], {"name": "softmax", "axis": -1}], ["stack", [9, 10], {"axis": 1}], ["argmax", [11], {"axis": 2, "keepdims": false}],
     ["where", [12, 10, 9], {}], ["squeeze", [7], {"axes": [1]}], ["matmul", [11, 11], {}], ["var", [0], {"axis": [1, 2]}],
     ["cumsum", [10], {"axis": 1}], ["add", [17, 13], {}]]
    """

  private static func configuration(_ function: JSON) -> JSON {
    let input: JSON = [
      "class_name": "InputLayer", "config": ["batch_shape": [nil, 2, 3], "dtype": "float32", "name": "input_layer"],
    ]
    let layer: JSON = [
      "class_name": "Lambda", "config": ["name": "lambda", "function": function], "registered_name": "train>Lambda",
    ]
    return ["class_name": "Sequential", "config": ["name": "net", "layers": [input, layer]]]
  }

  private static func whole(result: Int = 16) throws -> JSON {
    [
      "class_name": "TensorFunction",
      "config": ["text": "f", "inputs": 1, "steps": try JSON.parse(Array(steps.utf8)), "result": .integer(result)],
    ]
  }

  /// Every part of a form replaced by something else, one at a time.
  private static func damaged(_ json: JSON) -> [JSON] {
    let others: [JSON] = [-7, -1, 0, 1, 3, 1_099_511_627_776, 0.5, "glu", nil, [], [-1, -1, 3], true]
    switch json {
    case .array(let elements):
      var all = others
      for index in elements.indices {
        all += damaged(elements[index]).map { changed -> JSON in
          var copy = elements
          copy[index] = changed
          return .array(copy)
        }
        all.append(.array(Array(elements.prefix(index)) + elements.dropFirst(index + 1)))
      }
      return all
    case .object(let object):
      return others
        + object.entries.flatMap { key, value in
          (damaged(value) + [nil]).map { changed -> JSON in
            var copy = object
            copy[key] = changed
            return .object(copy)
          }
        }
    default: return others
    }
  }

  @Test func whatIsReadCanBeComputed() throws {
    let pool = try Pool(threads: 1)
    let data = BatchData(inputs: [NDArray(floats: (0..<24).map { Float($0) / 7 - 1 }, shape: [4, 2, 3])])
    var computed = 0
    var refused = 0
    for result in [15, 18] {
      for function in [try Self.whole(result: result)] + Self.damaged(try Self.whole(result: result)) {
        guard let plan = try? KerasModel.plan(from: Self.configuration(function), catalog: Self.catalog).model else {
          refused += 1
          continue
        }
        let network = Network(plan, seed: 1, pool: pool)
        let form = StepGraph.Form(
          mode: .predict, batchSize: 4, inputShapes: network.inputShapes(for: data), targetShapes: [], weightShapes: [], fit: 0)
        let step = StepGraph(network, form)
        #expect(step.graph.shape(of: step.predictions[0]).first == 4)
        computed += 1
      }
    }
    #expect(computed > 50 && refused > 500, "\(computed) computed, \(refused) refused")
  }
}
