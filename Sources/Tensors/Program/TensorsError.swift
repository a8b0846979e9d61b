/// What the world may refuse the compute core.
package enum TensorsError: Error, Equatable, CustomStringConvertible {
  /// The memory a Program needs cannot be had; `largest` names the layer that holds most when most is held.
  case outOfMemory(bytes: Int, largest: String, largestBytes: Int)
  /// oneDNN cannot make a product; `reason` is its own.
  case productRefused(m: Int, n: Int, k: Int, reason: String)
  /// oneDNN cannot run a convolution that it has made ready; `reason` is its own.
  case convolutionRefused(reason: String)
  /// The system gave no thread pool.
  case noPool

  package var description: String {
    switch self {
    case .outOfMemory(let bytes, let largest, let largestBytes):
      "a step needs \(megabytes(bytes)) of memory, which cannot be had; \(megabytes(largestBytes)) of it "
        + "\(largest.isEmpty ? "for the batch" : "are `\(largest)`'s"). A smaller batch needs less"
    case .productRefused(let m, let n, let k, let reason):
      "oneDNN cannot multiply \(m)×\(k) by \(k)×\(n): \(reason)"
    case .convolutionRefused(let reason): "oneDNN cannot run a convolution: \(reason)"
    case .noPool: "the threads that compute cannot be started: memory is exhausted"
    }
  }
}

/// A size for people.
private func megabytes(_ bytes: Int) -> String { "\((bytes + 1_048_575) / 1_048_576) MB" }
