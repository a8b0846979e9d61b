import Tensors

/// A node in a formula as papers write it: `m + (g - m) * (1 - beta)`.
///
/// Every operator emits an operation into the graph that the formula is written for, so a term that is used twice is computed
/// once. A term lives no longer than the `formula` it stands in.
struct Term {
  fileprivate let sheet: Sheet
  let node: Node

  /// The shape of its tensor.
  var shape: [Int] { sheet.graph.shape(of: node) }

  /// A number in the same formula.
  func constant(_ value: Double) -> Term { write { $0.constant(value) } }

  /// What an operation of the graph gives, where no operator or function here does.
  func write(_ body: (inout Graph) -> Node) -> Term { Term(sheet: sheet, node: body(&sheet.graph)) }
}

/// What terms write on: the graph, for as long as a formula is written.
private final class Sheet {
  var graph: Graph
  init(_ graph: Graph) { self.graph = graph }
}

extension Graph {
  /// Emits what is written with the operators of terms, over some nodes.
  mutating func formula<Result>(_ nodes: [Node], _ body: ([Term]) -> Result) -> Result {
    let sheet = Sheet(self)
    self = Graph()  // the sheet alone holds it, so that writing copies nothing
    defer { self = sheet.graph }
    return body(nodes.map { Term(sheet: sheet, node: $0) })
  }

  /// Emits a formula in one node.
  mutating func formula(_ node: Node, _ body: (Term) -> Term) -> Node { formula([node]) { body($0[0]).node } }
}

// MARK: Operators

extension Term {
  static func + (a: Term, b: Term) -> Term { a.write { $0.add(a.node, b.node) } }
  static func - (a: Term, b: Term) -> Term { a.write { $0.subtract(a.node, b.node) } }
  static func * (a: Term, b: Term) -> Term { a.write { $0.multiply(a.node, b.node) } }
  static func / (a: Term, b: Term) -> Term { a.write { $0.divide(a.node, b.node) } }

  static func + (a: Term, b: Double) -> Term { a + a.constant(b) }
  static func - (a: Term, b: Double) -> Term { a - a.constant(b) }
  static func * (a: Term, b: Double) -> Term { a * a.constant(b) }
  static func / (a: Term, b: Double) -> Term { a / a.constant(b) }

  static func + (a: Double, b: Term) -> Term { b.constant(a) + b }
  static func - (a: Double, b: Term) -> Term { b.constant(a) - b }
  static func * (a: Double, b: Term) -> Term { b.constant(a) * b }
  static func / (a: Double, b: Term) -> Term { b.constant(a) / b }

  static prefix func - (x: Term) -> Term { x.write { $0.negate(x.node) } }

  // Comparisons give 1 or 0, element by element.
  static func .> (a: Term, b: Term) -> Term { a.write { $0.apply(.greater, a.node, b.node) } }
  static func .>= (a: Term, b: Term) -> Term { a.write { $0.apply(.greaterEqual, a.node, b.node) } }
  static func .< (a: Term, b: Term) -> Term { b .> a }
  static func .<= (a: Term, b: Term) -> Term { b .>= a }
  static func .!= (a: Term, b: Term) -> Term { a.write { $0.apply(.notEqual, a.node, b.node) } }

  static func .> (a: Term, b: Double) -> Term { a .> a.constant(b) }
  static func .>= (a: Term, b: Double) -> Term { a .>= a.constant(b) }
  static func .< (a: Term, b: Double) -> Term { a.constant(b) .> a }
  static func .<= (a: Term, b: Double) -> Term { a.constant(b) .>= a }
  static func .!= (a: Term, b: Double) -> Term { a .!= a.constant(b) }
}

// MARK: Functions

func sqrt(_ x: Term) -> Term { x.applying(.sqrt) }
func reciprocalSqrt(_ x: Term) -> Term { x.applying(.reciprocalSqrt) }
func square(_ x: Term) -> Term { x.applying(.square) }
func exp(_ x: Term) -> Term { x.applying(.exp) }
func expm1(_ x: Term) -> Term { x.applying(.expm1) }
func log(_ x: Term) -> Term { x.applying(.log) }
func abs(_ x: Term) -> Term { x.applying(.abs) }
func sign(_ x: Term) -> Term { x.applying(.sign) }
func relu(_ x: Term) -> Term { x.applying(.relu) }
func sigmoid(_ x: Term) -> Term { x.applying(.sigmoid) }
func tanh(_ x: Term) -> Term { x.applying(.tanh) }
func erf(_ x: Term) -> Term { x.applying(.erf) }
func softplus(_ x: Term) -> Term { x.applying(.softplus) }

func max(_ a: Term, _ b: Term) -> Term { a.write { $0.maximum(a.node, b.node) } }
func max(_ a: Term, _ b: Double) -> Term { max(a, a.constant(b)) }
func min(_ a: Term, _ b: Term) -> Term { a.write { $0.minimum(a.node, b.node) } }
func min(_ a: Term, _ b: Double) -> Term { min(a, a.constant(b)) }
func pow(_ a: Term, _ b: Double) -> Term { a.write { $0.power(a.node, $0.constant(b)) } }
func pow(_ a: Double, _ b: Term) -> Term { b.write { $0.power($0.constant(a), b.node) } }

/// `a` where the condition is not 0, else `b`.
func select(_ condition: Term, _ a: Term, _ b: Term) -> Term { a.write { $0.select(condition.node, a.node, b.node) } }

/// The sum along axes, of all elements if nil.
func sum(_ x: Term, axes: [Int]? = nil, keepDimensions: Bool = false) -> Term {
  x.write { $0.reduceSum(x.node, axes: axes, keepDimensions: keepDimensions) }
}

/// The mean along axes, of all elements if nil.
func mean(_ x: Term, axes: [Int]? = nil, keepDimensions: Bool = false) -> Term {
  x.write { $0.reduceMean(x.node, axes: axes, keepDimensions: keepDimensions) }
}

/// The matrix product of [m, k] and [k, n].
func product(_ a: Term, _ b: Term, transposeA: Bool = false, transposeB: Bool = false) -> Term {
  a.write { $0.matrixProduct(a.node, b.node, transposeA: transposeA, transposeB: transposeB) }
}

extension Term {
  fileprivate func applying(_ operation: UnaryOperation) -> Term { write { $0.apply(operation, node) } }

  /// The same elements under another shape.
  func reshaped(_ shape: [Int]) -> Term { write { $0.reshape(node, shape) } }

  /// A part of an axis; a negative axis counts from the last.
  func slice(axis: Int, _ range: Range<Int>) -> Term { write { $0.slice(node, axis: axis, range) } }

  /// 1 for every number, 0 for what is infinite or none.
  var isFinite: Term { applying(.isFinite) }

  /// Axis `i` of the result is axis `permutation[i]`.
  func transposed(_ permutation: [Int]) -> Term { write { $0.transpose(node, permutation) } }
}
