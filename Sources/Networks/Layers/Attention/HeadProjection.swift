import Plans
import Tensors

/// One of the dense layers within a layer of heads: `query`, `key`, `value` and `gate` make heads of features, `attention_output`
/// features of heads.
struct HeadProjection {
  /// The name of the inner layer, which stands in the paths of its weights.
  let name: String
  /// Where it lies in Keras's files.
  let folder: String

  /// What every layer of heads has for its inner ones.
  static let kernel = WeightParameters("kernel", initializer: "glorot_uniform")
  static let bias = WeightParameters("bias", initializer: "zeros")

  /// Its weights: a kernel [inputs…, outputs…] and a bias [outputs…].
  func weights(inputs: [Int], outputs: [Int], useBias: Bool) -> [WeightSpec] {
    let fans = [inputs.reduce(1, *), outputs.reduce(1, *)]
    let kernel = WeightSpec("\(name)/kernel", inputs + outputs, fans: fans, group: folder)
    return [kernel] + (useBias ? [WeightSpec("\(name)/bias", outputs, group: folder)] : [])
  }

  /// How its weights begin and what they are held to.
  func rules(_ arguments: Arguments) -> [String: WeightRules] {
    ["\(name)/kernel": HeadProjection.kernel.rules(arguments), "\(name)/bias": HeadProjection.bias.rules(arguments)]
  }

  /// [batch, positions…, inputs…] → [batch, positions…, outputs…], where the kernel tells how many axes are inputs and which are outputs.
  func emit(
    _ x: Node, inputAxes: Int, regularizer: Regularizer?, into graph: inout Graph, _ use: inout LayerUse
  ) -> Node {
    guard let kernel = use.weight("\(name)/kernel", in: &graph) else { preconditionFailure("a projection has its kernel") }
    let (shape, full) = (graph.shape(of: x), graph.shape(of: kernel))
    let positions = Array(shape.dropLast(inputAxes))
    let (inputs, outputs) = (full.prefix(inputAxes).reduce(1, *), Array(full.dropFirst(inputAxes)))
    let columns = outputs.reduce(1, *)
    let rows = graph.reshape(x, [positions.reduce(1, *), inputs])
    var product = graph.matrixProduct(rows, graph.reshape(kernel, [inputs, columns]))
    if let bias = use.weight("\(name)/bias", in: &graph) { product = graph.add(product, graph.reshape(bias, [columns])) }
    let output = graph.reshape(product, positions + outputs)
    if let regularizer { use.addLoss(regularizer.emit(output: output, into: &graph)) }
    return output
  }
}
