import Artifacts
import Plans

extension RemoteMonitor {
  /// What was not delivered so far goes into a backup, so that no kill loses it.
  func saveState() -> JSON { (outbox?.tally ?? tally).json }

  mutating func resume(from state: JSON, _ run: RunReport) { tally = Outbox.Tally(state) }
}

extension Outbox.Tally {
  var json: JSON {
    [
      "delivered": .integer(deliveredCount), "waited": .float(waitedSeconds),
      "lost": .array(
        losses.map { [.integer($0.epochs.lowerBound), .string($0.problem.code), .integer($0.epochs.upperBound)] }),
      "waiting": .array(waiting.map { [.integer($0.epoch), .string($0.body)] }),
    ]
  }

  /// From a backup.
  init(_ json: JSON) {
    deliveredCount = json["delivered"]?.integerValue ?? 0
    waitedSeconds = json["waited"]?.doubleValue ?? 0
    losses = (json["lost"]?.arrayValue ?? []).compactMap { loss in
      guard let first = loss[0]?.integerValue, let problem = loss[1]?.stringValue.flatMap(Outbox.Problem.init(code:)) else {
        return nil
      }
      return Outbox.Loss(epochs: first...max(first, loss[2]?.integerValue ?? first), problem: problem)
    }
    waiting = (json["waiting"]?.arrayValue ?? []).compactMap { message in
      guard let epoch = message[0]?.integerValue, let body = message[1]?.stringValue else { return nil }
      return Outbox.Message(epoch: epoch, body: body)
    }
  }
}

extension Outbox.Problem {
  /// How it stands in a backup.
  fileprivate var code: String {
    switch self {
    case .notReached: "not reached"
    case .untrusted(let reason): Self.untrustedCode + reason
    case .timedOut: "timed out"
    case .broken: "broken"
    case .leftBehind: "left behind"
    case .status(let status): "\(status)"
    }
  }

  private static let untrustedCode = "untrusted: "

  fileprivate init?(code: String) {
    if let status = Int(code) {
      self = .status(status)
    } else if let problem = [.notReached, .timedOut, .broken, .leftBehind].first(where: { (each: Self) in each.code == code }) {
      self = problem
    } else if code.hasPrefix(Self.untrustedCode) {
      self = .untrusted(String(code.dropFirst(Self.untrustedCode.count)))
    } else {
      return nil
    }
  }
}
