import Plans
import Tensors

/// What the cells with gates share: the products of their inputs with a kernel of several blocks, all at once, or block by block where
/// each block drops inputs of its own.
struct GatedSteps {
  let inputWeights: [Node]
  /// A mask of the state for each block; none where nothing is dropped of it.
  let stateMasks: [Node]
  /// Whether one product serves all gates.
  let isWhole: Bool
  private let blocks: Int
  private let units: Int
  private let usesBias: Bool
  private let masks: Int

  /// As in Keras, a state that is dropped from has every gate drop for itself, of the inputs too; a share of 1 drops nothing.
  init(_ weights: CellWeights, rows: Int, inputs: Int, into graph: inout Graph, _ use: LayerUse) {
    blocks = weights.blocks
    units = weights.units
    isWhole = weights.recurrentDropout == 0
    let inputMasks =
      weights.dropout < 1
      ? weights.masks(
        isWhole ? 1 : blocks, shape: [rows, inputs], rate: weights.dropout, of: "inputs", into: &graph, use) : []
    stateMasks =
      weights.recurrentDropout < 1
      ? weights.masks(blocks, shape: [rows, units], rate: weights.recurrentDropout, of: "state", into: &graph, use) : []
    masks = inputMasks.count
    var bias = use.weight("bias", in: &graph)
    usesBias = bias != nil
    if let both = bias, graph.shape(of: both).count == 2 { bias = graph.row(both, 0) }
    inputWeights = [use.needed("kernel", in: &graph)] + (bias.map { [$0] } ?? []) + inputMasks
  }

  /// [..., inputs] → one node [..., blocks · units].
  func products(_ x: Node, _ given: [Node], _ graph: inout Graph) -> [Node] {
    let x = masks == 0 ? x : graph.multiply(x, given[given.count - 1])
    let product = graph.matrixProduct(x, given[0])
    return [usesBias ? graph.add(product, given[1]) : product]
  }

  /// [..., inputs] → a node [..., units] for each block.
  func blockProducts(_ x: Node, _ given: [Node], _ graph: inout Graph) -> [Node] {
    guard masks == blocks else {
      let whole = products(x, given, &graph)[0]
      return (0..<blocks).map { graph.block($0, of: whole, units: units) }
    }
    return (0..<blocks).map { block in
      let x = graph.multiply(x, given[given.count - blocks + block])
      let product = graph.matrixProduct(x, graph.block(block, of: given[0], units: units))
      return usesBias ? graph.add(product, graph.block(block, of: given[1], units: units)) : product
    }
  }
}
