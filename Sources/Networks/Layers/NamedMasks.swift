import Plans

/// What layers ask of a mask that a call names: `layer(x, mask=m)`. Shapes leave the batch out.
enum NamedMask {
  /// Throws unless a mask has one value for each of some positions of an input.
  static func check(_ mask: Shape, of positions: [Int?], called name: String) throws(ShapeError) {
    let expected = Shape(positions)
    guard !mask.couldBe(expected) else { return }
    throw ShapeError(
      "needs a `mask` with a value for each of its \(expected.description) \(name), but gets \(mask.description)",
      hint: "give it the mask of these \(name): `Input(\(expected.tupleText), dtype=\"bool\")` for one that is data.")
  }

  /// The same of the steps of a sequence, its first dimension.
  static func check(_ mask: Shape, ofSteps input: Shape) throws(ShapeError) {
    try check(mask, of: Array(input.dimensions.prefix(1)), called: "steps")
  }
}

extension Layer {
  /// Most layers look at no mask.
  static func checkMask(_ mask: Shape, _ arguments: Arguments, on input: Shape) throws(ShapeError) {
    throw ShapeError("takes no `mask`", hint: "leave it out: a mask that its input carries needs no word.")
  }
}

extension RecurrentLayer {
  static func checkMask(_ mask: Shape, _ arguments: Arguments, on input: Shape) throws(ShapeError) {
    try NamedMask.check(mask, ofSteps: input)
  }
}
