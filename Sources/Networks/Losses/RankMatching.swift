import Plans
import Tensors

/// Why targets cannot be compared element by element with predictions; nil if they can.
///
/// A trailing dimension of 1 on either side is dropped to match ranks, as Keras does.
func elementwiseMismatch(_ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
  let (a, b) = matchedRanks(targets.shape, predictions.shape)
  guard a.rank == b.rank, zip(a.dimensions, b.dimensions).allSatisfy(canBeEqual) else {
    return ShapeError(
      "compares targets and predictions element by element, but the targets are \(targets.shape.description) "
        + "and the predictions \(predictions.shape.description)")
  }
  return nil
}

/// Why targets with one number a class cannot be compared with predictions; nil if they can. `alternative` takes class numbers.
func oneHotMismatch(
  _ targets: TensorSpec, _ predictions: TensorSpec, alternative: String = "sparse_categorical_crossentropy"
) -> ShapeError? {
  let (y, p) = (targets.shape, predictions.shape)
  guard let classCount = p.dimensions.last else {
    return ShapeError("needs predictions with one number a class, but they are a single number")
  }
  if y.rank == p.rank, zip(y.dimensions, p.dimensions).allSatisfy(canBeEqual) { return nil }
  let areIndices = y.rank == p.rank - 1 || y.dimensions.last == 1
  return ShapeError(
    "needs targets with one number a class (\(p.description)), but they are \(y.description)",
    hint: areIndices && classCount != 1 ? "for class numbers use `\"\(alternative)\"`." : nil)
}

/// Why targets that are class numbers cannot be compared with predictions; nil if they can. `alternative` takes one number a class.
func classMismatch(
  _ targets: TensorSpec, _ predictions: TensorSpec, alternative: String = "categorical_crossentropy"
) -> ShapeError? {
  let (y, p) = (targets.shape, predictions.shape)
  guard let classCount = p.dimensions.last else {
    return ShapeError("needs predictions with one number a class, but they are a single number")
  }
  guard classCount != 1 else {
    return ShapeError(
      "needs one prediction a class, but there is one in all",
      hint: "use `\"binary_crossentropy\"`, or as many units as classes.")
  }
  let positions = y.rank == p.rank && y.dimensions.last == 1 ? Shape(y.dimensions.dropLast()) : y
  if positions.rank == p.rank - 1, zip(positions.dimensions, p.dimensions).allSatisfy(canBeEqual) { return nil }
  let areShares = y.rank == p.rank && zip(y.dimensions, p.dimensions).allSatisfy(canBeEqual)
  let places = Shape(Array(p.dimensions.dropLast()))
  let wanted = places.rank == 0 ? "one class number an example" : "a class number for each of \(places.description) places"
  return ShapeError(
    "needs \(wanted), but for predictions of \(p.description) the targets are \(y.description)",
    hint: areShares ? "for one-hot targets use `\"\(alternative)\"`." : nil)
}

/// Why targets and predictions do not have the same shape; nil if they do.
func sameShapeMismatch(_ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
  let (y, p) = (targets.shape, predictions.shape)
  if y.rank == p.rank, zip(y.dimensions, p.dimensions).allSatisfy(canBeEqual) { return nil }
  return ShapeError(
    "needs targets and predictions of one shape, but the targets are \(y.description) and the predictions \(p.description)")
}

/// Why an axis is not one of the predictions'; nil if it is. The batch is axis 0.
func axisMismatch(_ axis: Int, _ predictions: TensorSpec, allowsBatch: Bool = false) -> ShapeError? {
  let rank = max(predictions.shape.rank, 1) + 1
  let resolved = axis < 0 ? axis + rank : axis
  if (allowsBatch ? 0 : 1)..<rank ~= resolved { return nil }
  return ShapeError(
    "has no axis \(axis): predictions of \(predictions.shape.description) have the axes \(allowsBatch ? 0 : 1) to \(rank - 1), "
      + (allowsBatch ? "the batch being 0" : "behind the batch"))
}

/// Why the argument `axis` of a cross-entropy cannot be used: classes stand on the last axis; nil if it is that.
func lastAxisMismatch(_ arguments: Arguments, _ predictions: TensorSpec) -> ShapeError? {
  guard arguments["axis"] != nil else { return nil }  // not every metric has it
  let axis = arguments[LossParameters.axis]
  guard axis != -1, axis != max(predictions.shape.rank, 1) else { return nil }
  return ShapeError(
    "works along the last axis, but is given `axis=\(axis)` for predictions of \(predictions.shape.description)",
    hint: "leave `axis` out, and `Permute` the classes to the end.")
}

/// Both shapes, the longer one without its last dimension if that is 1 and the ranks differ by one.
func matchedRanks(_ targets: Shape, _ predictions: Shape) -> (Shape, Shape) {
  if targets.rank == predictions.rank + 1, targets.dimensions.last == 1 {
    return (Shape(targets.dimensions.dropLast()), predictions)
  }
  if predictions.rank == targets.rank + 1, predictions.dimensions.last == 1 {
    return (targets, Shape(predictions.dimensions.dropLast()))
  }
  return (targets, predictions)
}

/// Whether two dimensions may turn out equal.
func canBeEqual(_ a: Int?, _ b: Int?) -> Bool { a == nil || b == nil || a == b }

/// Targets and predictions of the same rank, at least 2: where ranks differ by one and the longer ends in 1, a partner of one
/// axis (the batch) gains an axis, any other loses that of the longer, as in Keras.
func matchRanks(_ targets: Node, _ predictions: Node, in graph: inout Graph) -> (targets: Node, predictions: Node) {
  let (a, b) = (graph.shape(of: targets), graph.shape(of: predictions))
  if a.count == b.count + 1, a.last == 1 {
    return b.count == 1
      ? (targets, graph.reshape(predictions, b + [1])) : (graph.reshape(targets, a.dropLast()), predictions)
  }
  if b.count == a.count + 1, b.last == 1 {
    return a.count == 1
      ? (graph.reshape(targets, a + [1]), predictions) : (targets, graph.reshape(predictions, b.dropLast()))
  }
  if a.count == 1, b.count == 1 { return (graph.reshape(targets, a + [1]), graph.reshape(predictions, b + [1])) }
  return (targets, predictions)
}

/// Class numbers [batch, …] for predictions [batch, …, classes]: a trailing axis of 1 is dropped.
func matchClasses(_ targets: Node, _ predictions: Node, in graph: inout Graph) -> Node {
  let shape = graph.shape(of: targets)
  guard shape.count == graph.shape(of: predictions).count, shape.last == 1 else { return targets }
  return graph.reshape(targets, shape.dropLast())
}

/// Each position's score of its own class: int32 [batch, …] and [batch, …, classes] → [batch, …].
func scoreOfClass(_ classes: Node, _ scores: Node, in graph: inout Graph) -> Node {
  let isClass = graph.oneHot(classes, depth: graph.shape(of: scores).last ?? 1)
  return graph.reduceSum(graph.select(isClass, scores, graph.constant(0)), axes: [-1])
}
