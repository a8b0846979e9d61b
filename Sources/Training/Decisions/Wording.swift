import Artifacts

/// The scores since the best one that were no better: what a reason lists.
struct Misses {
  /// So many of the last ones are listed.
  private static let limit = 6
  private(set) var values: [Double] = []
  /// Epochs, listed or not, with those that gave no score.
  private(set) var count = 0

  mutating func add(_ value: Double?) {
    count += 1
    guard let value else { return }
    values.append(value)
    if values.count > Self.limit { values.removeFirst() }
  }

  mutating func clear() { self = Misses() }

  var json: JSON { [.integer(count), .array(values.map(JSON.float))] }

  init() {}

  /// From a backup; nothing where there is none.
  init(_ json: JSON?) {
    count = json?[0]?.integerValue ?? 0
    values = (json?[1]?.arrayValue ?? []).compactMap(\.doubleValue)
  }

  /// "`val_loss` not under 0.412 for 3 epochs (0.415, 0.413, 0.416)".
  func reason(_ monitor: Monitor, best: Double?) -> String {
    let texts = told((best.map { [$0] } ?? []) + values)
    let listed = (values.count < count ? ["…"] : []) + texts.suffix(values.count)
    let span = "for \(count) epoch\(count == 1 ? "" : "s") (\(listed.joined(separator: ", ")))"
    guard best != nil else { return "`\(monitor.metric)` is no number \(span)" }
    return "`\(monitor.metric)` \(monitor.shortfall(of: texts[0], values, best)) \(span)"
  }
}

extension Monitor {
  /// "not under 0.412", or "not over 0.9 by more than 0.05" where one of the values is over it, but by too little.
  func shortfall(of text: String, _ values: [Double], _ best: Double?) -> String {
    let isNear = best.map { best in values.contains { direction == .down ? $0 < best : $0 > best } } ?? false
    return "not \(direction == .down ? "under" : "over") \(text)" + (isNear ? " by more than \(told([minimumChange])[0])" : "")
  }

  /// "0.415 is not under 0.412": why a value is no improvement.
  func comparison(_ value: Double, best: Double?) -> String {
    guard !value.isNaN, let best else { return "`\(metric)` is \(told([value])[0])" }
    let texts = told([value, best])
    return "`\(metric)` \(texts[0]) is \(shortfall(of: texts[1], [value], best))"
  }

  /// "0.41 is under 0.43": why a value is an improvement.
  func improvement(_ value: Double, over best: Double?) -> String {
    guard let best else { return "`\(metric)` \(told([value])[0]) is the first value" }
    let texts = told([value, best])
    return "`\(metric)` \(texts[0]) is \(direction == .down ? "under" : "over") \(texts[1])"
  }
}
