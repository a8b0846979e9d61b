import Plans
import Tensors

/// Connectionist temporal classification: how unlikely it is that scores over time spell a shorter sequence of labels.
///
/// Predictions are logits [batch, time, classes]; class 0 is the blank, and stands in targets [batch, labels] for none, behind the
/// labels. A path names a class at each time; paths spell what is left of them when repeated classes are joined and blanks dropped.
/// `α` of a time is the logarithm of the probability of all paths so far that have spelt the first n labels, kept apart by whether
/// they end in a blank or in the label. Where no path is long enough the loss is about 100,000.
struct CTC: Loss {
  static let signature = Signature(
    "CTC", "How unlikely scores over time are to spell the target's labels.",
    [LossParameters.reduction.description, LossParameters.name("ctc").description, LossParameters.dtype.description],
    formula: "−ln Σ over the paths that spell the labels of Π softmax(scores)[t, path[t]]",
    source: "Graves and others, 2006: Connectionist temporal classification", example: "loss = CTC()")
  static let aliases = ["ctc"]
  static let targetsAreClasses = true

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    guard predictions.shape.rank == 2 else {
      return ShapeError("needs scores for each time, time×classes, but the predictions are \(predictions.shape.description)")
    }
    guard targets.shape.rank == 1 else {
      return ShapeError("needs a row of labels for each example, but the targets are \(targets.shape.description)")
    }
    return nil
  }

  init(_ arguments: Arguments) {}

  /// The logarithm of a probability of nothing.
  private static let never = -1e5

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    let shape = graph.shape(of: predictions)
    let (batch, times) = (shape[0], shape[1])
    let count = graph.shape(of: targets)[1]
    let labels = graph.cast(targets, to: .float32)
    let scores = graph.logSoftmax(predictions)  // [batch, time, classes]
    let chosen = graph.oneHot(graph.cast(targets, to: .int32), depth: shape[2])  // [batch, labels, classes]
    let ofLabels = graph.matrixProduct(scores, chosen, transposeB: true)  // [batch, time, labels]
    let ofBlank = graph.slice(scores, axis: 2, 0..<1)  // [batch, time, 1]

    // Between equal neighbours there must be a blank: 1 where a label is followed by itself. [batch, labels]
    var isRepeated = graph.constant(floats: [Float](repeating: 0, count: batch), shape: [batch, 1])
    if count > 1 {
      let isSame = graph.equal(
        graph.slice(labels, axis: 1, 0..<(count - 1)), graph.slice(labels, axis: 1, 1..<count))
      isRepeated = graph.concatenate([isSame, isRepeated], axis: 1)
    }
    let onlyDirect = graph.multiply(isRepeated, by: CTC.never)
    let onlyByBlank = graph.add(graph.multiply(isRepeated, by: -CTC.never), CTC.never)

    func row(_ value: Double, first: Double) -> Node {
      let values = (0..<batch).flatMap { _ in (0...count).map { Float($0 == 0 ? first : value) } }
      return graph.constant(floats: values, shape: [batch, count + 1])
    }
    var blank = row(CTC.never, first: 0)  // [batch, labels + 1]: n labels spelt, ending in a blank
    var label = graph.slice(row(CTC.never, first: CTC.never), axis: 1, 0..<count)  // [batch, labels]: ending in label n
    for time in 0..<times {
      let step = graph.reshape(graph.slice(ofLabels, axis: 1, time..<(time + 1)), [batch, count])
      let skip = graph.reshape(graph.slice(ofBlank, axis: 1, time..<(time + 1)), [batch, 1])
      let direct = advance(blank, by: graph.add(label, onlyDirect), count, into: &graph)
      let next = graph.add(logAdd(graph.slice(direct, axis: 1, 0..<count), label, into: &graph), step)
      let waited = graph.add(graph.add(label, skip), onlyByBlank)
      blank = advance(graph.add(direct, skip), by: waited, count, into: &graph)
      label = next
    }
    blank = advance(blank, by: label, count, into: &graph)
    let length = graph.reduceSum(graph.apply(.notEqual, labels, graph.constant(0)), axes: [1])
    let atLength = graph.oneHot(graph.cast(length, to: .int32), depth: count + 1)  // [batch, labels + 1]
    return graph.negate(graph.reduceSum(graph.multiply(blank, atLength), axes: [1]))
  }

  /// The paths that end in a blank with those of one label less added: [batch, labels + 1] and [batch, labels].
  private func advance(_ blank: Node, by label: Node, _ count: Int, into graph: inout Graph) -> Node {
    let added = logAdd(graph.slice(blank, axis: 1, 1..<(count + 1)), label, into: &graph)
    return graph.concatenate([graph.slice(blank, axis: 1, 0..<1), added], axis: 1)
  }

  /// `ln(exp a + exp b)`. What flows back through the larger one cancels, so that its derivative is right where both are equal, too.
  private func logAdd(_ a: Node, _ b: Node, into graph: inout Graph) -> Node {
    let largest = graph.maximum(a, b)
    let sum = graph.add(graph.exp(graph.subtract(a, largest)), graph.exp(graph.subtract(b, largest)))
    return graph.add(largest, graph.log(sum))
  }
}
