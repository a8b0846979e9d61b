import CKernels
import Testing

/// The names of the levels that this machine supports; every kernel is tested at each.
let kernelLevels = (["baseline", "v3", "v4", "amx"] as [String]).filter { train_kernels_level($0) != nil }

/// Sizes around the widths of vectors and tiles.
let awkwardSizes = [0, 1, 2, 7, 8, 15, 16, 17, 31, 33, 67]

/// The kernels of a level.
func kernels(_ level: String) -> train_kernel_table {
  guard let table = train_kernels_level(level) else { preconditionFailure("The levels tested are those the machine supports.") }
  return table.pointee
}

/// Runs all pieces of a kernel one after the other.
func run<Arguments>(_ kernel: train_kernel?, _ arguments: Arguments, pieces: Int32 = 1) {
  guard let kernel else { preconditionFailure("Every entry of the table is filled.") }
  withUnsafePointer(to: arguments) { pointer in
    for piece in 0..<pieces { kernel(pointer, piece) }
  }
}

/// Memory for a kernel with a margin behind it that nobody may write.
final class Memory<Element: BitwiseCopyable & Equatable> {
  private static var margin: Int { 64 }
  let pointer: UnsafeMutablePointer<Element>
  let count: Int
  private let guardValue: Element

  init(_ values: [Element], guardedBy guardValue: Element) {
    count = values.count
    self.guardValue = guardValue
    pointer = .allocate(capacity: count + Self.margin)
    pointer.initialize(repeating: guardValue, count: count + Self.margin)
    for (index, value) in values.enumerated() { pointer[index] = value }
  }

  deinit { pointer.deallocate() }

  var values: [Element] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
  var isMarginIntact: Bool { (count..<count + Self.margin).allSatisfy { pointer[$0] == guardValue } }
}

extension Memory where Element == Float {
  convenience init(_ values: [Float]) { self.init(values, guardedBy: -12345.5) }
  convenience init(count: Int) { self.init([Float](repeating: 77, count: count)) }
}

extension Memory where Element == Int32 {
  convenience init(_ values: [Int32]) { self.init(values, guardedBy: -987_654) }
}

/// Reproducible numbers for tests, unrelated to the generator under test (splitmix64).
struct TestNumbers {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next(in range: ClosedRange<Double> = -1...1) -> Float {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    z ^= z >> 31
    return Float(range.lowerBound + (range.upperBound - range.lowerBound) * Double(z >> 11) * 0x1p-53)
  }

  mutating func array(_ count: Int, in range: ClosedRange<Double> = -1...1) -> [Float] {
    (0..<count).map { _ in next(in: range) }
  }
}

/// Whether two numbers agree: both NaN, or the same infinity, or within the tolerances.
func agree(_ found: Float, _ expected: Double, relative: Double = 1e-6, absolute: Double = 1e-7) -> Bool {
  if expected.isNaN { return found.isNaN }
  if Float(expected).isInfinite || found.isInfinite { return found == Float(expected) }
  return abs(Double(found) - expected) <= absolute + relative * abs(expected)
}

/// Records an issue for the first element that differs.
func expectAgreement(
  _ found: [Float], _ expected: [Double], relative: Double = 1e-6, absolute: Double = 1e-7, _ comment: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.count == expected.count, "\(comment)", sourceLocation: sourceLocation)
  for (index, pair) in zip(found, expected).enumerated()
  where !agree(pair.0, pair.1, relative: relative, absolute: absolute) {
    Issue.record("\(comment): element \(index) is \(pair.0), not \(pair.1)", sourceLocation: sourceLocation)
    return
  }
}
