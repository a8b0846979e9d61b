/// Cross-entropies, one loss a row [..., classes] → [...].
///
/// `predictions` are what the network gives: probabilities, or logits if `fromLogits`. Probabilities are clamped to [1e-7, 1 − 1e-7] as
/// in Keras (where that changes them the derivative is 0); if a softmax or sigmoid made them, value and derivative are
/// computed from its logits in one stable pass. Derivatives are with respect to the predictions only.
extension Graph {
  /// targets int32 [...] (class numbers), predictions [..., classes]: `−ln p[target]`.
  package mutating func sparseCategoricalCrossEntropy(targets: Node, predictions: Node, fromLogits: Bool) -> Node {
    let shape = self[predictions].shape
    precondition(self[targets].type == .int32, "sparse targets are class numbers as int32")
    precondition(self[targets].shape == Array(shape.dropLast()), "targets \(self[targets].shape) for \(shape)")
    let (form, operand) = lossOperand(predictions, fromLogits, activatedBy: .softmax)
    return emit(.crossEntropy(CrossEntropy(form: form, smoothing: 0)), [targets, operand], shape.dropLast())
  }

  /// targets and predictions [..., classes]: `−Σ target · ln p`.
  package mutating func categoricalCrossEntropy(
    targets: Node, predictions: Node, fromLogits: Bool, smoothing: Double = 0
  ) -> Node {
    let shape = self[predictions].shape
    precondition(self[targets].shape == shape && !shape.isEmpty, "targets \(self[targets].shape) for \(shape)")
    precondition(self[targets].type == .float32, "dense targets are float32")
    let (form, operand) = lossOperand(predictions, fromLogits, activatedBy: .softmax)
    return emit(.crossEntropy(CrossEntropy(form: form, smoothing: smoothing)), [targets, operand], shape.dropLast())
  }

  /// targets and predictions [..., n]: the mean over n of `−y ln p − (1 − y) ln(1 − p)`.
  package mutating func binaryCrossEntropy(
    targets: Node, predictions: Node, fromLogits: Bool, smoothing: Double = 0
  ) -> Node {
    let shape = self[predictions].shape
    precondition(self[targets].shape == shape && !shape.isEmpty, "targets \(self[targets].shape) for \(shape)")
    precondition(self[targets].type == .float32, "binary targets are float32")
    let (form, operand) = lossOperand(predictions, fromLogits, activatedBy: .unary(.sigmoid))
    return emit(.binaryCrossEntropy(CrossEntropy(form: form, smoothing: smoothing)), [targets, operand], shape.dropLast())
  }

  /// What the loss is computed from: the logits behind an activation if they are in sight.
  private func lossOperand(_ predictions: Node, _ fromLogits: Bool, activatedBy: Operation) -> (CrossEntropy.Form, Node) {
    if fromLogits { return (.logits, predictions) }
    let entry = self[predictions]
    return entry.operation == activatedBy ? (.activated, entry.inputs[0]) : (.probabilities, predictions)
  }
}
