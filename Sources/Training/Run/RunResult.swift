import Arrays
import Lambdas
import Plans
import Tensors

/// What a run of a script has come to, as digests: of the data that it trained on, the weights that its trainings left, and their histories.
package struct RunResult {
  private var data = SHA256()
  private var weights = SHA256()
  private var history = SHA256()
  /// How many trainings there were.
  package private(set) var count = 0
  /// Whether one went on from a backup of another script, so that no script comes to this.
  package internal(set) var isOfTwoScripts = false

  init() {}

  /// Adds a training that has ended. Data counts by its fingerprints, weights by their bits.
  mutating func add(model: String, data fingerprints: [String], weights: [NDArray], history: HistoryObject) {
    count += 1
    for fingerprint in fingerprints { data.add(fingerprint) }
    self.weights.add(model)
    for array in weights { withExtendedLifetime(array) { self.weights.add(array.rawBytes) } }
    self.history.add(model)
    for epoch in history.epochs { self.history.add(UInt64(epoch)) }
    for key in history.keys {
      self.history.add(key)
      for value in history.series[key] ?? [] {
        if let number = value.asDouble {
          // What is no number has many forms, and a backup keeps one of them.
          self.history.add((number.isNaN ? .nan : number).bitPattern)
        } else {
          self.history.add((try? ValueCoding.json(of: value).text) ?? value.briefDescription)
        }
      }
    }
  }

  /// The digests beside that of the plan.
  package func line(planDigest: String, seed: Int) -> ResultLine {
    ResultLine(
      seed: seed, kernels: Pool.kernelLevel,
      parts: [
        .init(name: "plan", digest: planDigest), .init(name: "data", digest: data.hexadecimal),
        .init(name: "weights", digest: weights.hexadecimal), .init(name: "history", digest: history.hexadecimal),
      ])
  }
}

/// The line that a run ends with: one digest of all, and what tells which part of two runs differs.
///
///     result sha256:3f0c…  (seed 7, kernels v4, plan 1c5a…, data 90b1…, weights 44fe…, history 0d72…)
package struct ResultLine: Equatable {
  package struct Part: Equatable {
    package let name: String
    /// In hexadecimal; the line shows the first eight digits.
    package let digest: String
  }

  package let seed: Int
  /// The instructions that the kernels use: with others the last bits are others.
  package let kernels: String
  package let parts: [Part]
  /// Of all parts, in hexadecimal.
  package let digest: String

  private static let shownDigits = 8
  private static let beginning = "result sha256:"

  init(seed: Int, kernels: String, parts: [Part]) {
    self.seed = seed
    self.kernels = kernels
    self.parts = parts.map { Part(name: $0.name, digest: String($0.digest.prefix(Self.shownDigits))) }
    digest = SHA256.hexadecimal(of: Array(parts.map { "\($0.name) \($0.digest)\n" }.joined().utf8))
  }

  package var text: String {
    let shown = parts.map { "\($0.name) \($0.digest)" }.joined(separator: ", ")
    return "\(Self.beginning)\(digest) (seed \(seed), kernels \(kernels), \(shown))"
  }

  /// The last such line of a text, such as what a run has printed; nil if there is none. Something may stand before it in the line.
  package init?(lastOf text: String) {
    let lines = text.split(whereSeparator: \.isNewline).compactMap { line in
      line.firstRange(of: Self.beginning).flatMap { ResultLine(line: line[$0.lowerBound...]) }
    }
    guard let last = lines.last else { return nil }
    self = last
  }

  private init?(line: Substring) {
    let digits = Set("0123456789abcdef")
    guard line.hasSuffix(")") else { return nil }
    let halves = line.dropFirst(Self.beginning.count).dropLast().split(separator: " (", maxSplits: 1)
    guard halves.count == 2, halves[0].count == 64, halves[0].allSatisfy(digits.contains) else { return nil }
    let fields = halves[1].split(separator: ",").map { $0.split(separator: " ").map(String.init) }
    guard fields.count == 6, fields.allSatisfy({ $0.count == 2 }), fields[0][0] == "seed", let seed = Int(fields[0][1]),
      fields[1][0] == "kernels"
    else { return nil }
    self.seed = seed
    kernels = fields[1][1]
    parts = fields[2...].map { Part(name: $0[0], digest: $0[1]) }
    digest = String(halves[0])
  }

  /// The parts that are others in another run's line.
  package func differences(from other: ResultLine) -> [String] {
    zip(parts, other.parts).filter { $0 != $1 }.map(\.0.name)
  }
}
