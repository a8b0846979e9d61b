import Plans

/// What is printed and noted of a server that does not take what it is sent.
extension RemoteMonitor {
  func warnings(_ news: [Outbox.News]) -> [Request] {
    news.flatMap { news -> [Request] in
      let (sentence, reason): (String, String) =
        switch news {
        case .problem(.notReached): ("Could not reach RemoteMonitor root server at \(root)", reason(.notReached))
        case .problem(let problem): ("RemoteMonitor root server at \(root): \(reason(problem))", reason(problem))
        case .full:
          (
            "RemoteMonitor root server at \(root) is slower than the epochs: \(Outbox.capacity) wait for it; the training will wait for "
              + "it, \(timeoutSeconds.pythonDescription) seconds in all, and then leave out the oldest",
            "\(Outbox.capacity) epochs wait for it"
          )
        }
      let what = news == .full ? "the training waits for \(root)" : "not everything is delivered to \(root)"
      return [.print("warning: \(sentence)\n"), .decide(Decision(.undelivered, what, because: reason))]
    }
  }

  /// What a training that was interrupted leaves to the one that goes on.
  var toldOfWaiting: [Request] {
    if tally.waiting.isEmpty { return [] }
    let epochs = Self.text(tally.waiting.map { $0.epoch...$0.epoch })
    return [.print("RemoteMonitor delivers to \(root) when the training goes on: epoch \(epochs)\n")]
  }

  func told(_ tally: Outbox.Tally) -> [Request] {
    guard !tally.losses.isEmpty else { return [] }
    var problems: [Outbox.Problem] = []
    for loss in tally.losses where !problems.contains(loss.problem) { problems.append(loss.problem) }
    let groups = problems.map { problem in
      "\(Self.text(tally.losses.filter { $0.problem == problem }.map(\.epochs))) (\(reason(problem)))"
    }
    let count = tally.lostCount
    let total = tally.deliveredCount + count
    let list = groups.joined(separator: ", ")
    return [
      .print("RemoteMonitor could not deliver \(count) of \(total) epochs to \(root): \(list)\n"),
      .decide(Decision(.undelivered, "\(count) of \(total) epochs were not delivered to \(root)", because: "epoch \(list)")),
    ]
  }

  private func reason(_ problem: Outbox.Problem) -> String {
    switch problem {
    case .notReached: "it was not reached"
    case .untrusted(let reason): "its certificate is not trusted: \(reason)"
    case .timedOut: "no answer within \(timeoutSeconds.pythonDescription) seconds"
    case .broken: "the connection broke"
    case .status(let status): "it answered with status \(status)"
    case .leftBehind: "others took too long"
    }
  }

  /// `1 to 4, 6`, of epochs that are counted from 0.
  private static func text(_ epochs: [ClosedRange<Int>]) -> String {
    var ranges: [ClosedRange<Int>] = []
    for next in epochs.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = ranges.last, next.lowerBound <= last.upperBound + 1 {
        ranges[ranges.count - 1] = last.lowerBound...max(next.upperBound, last.upperBound)
      } else {
        ranges.append(next)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound + 1)" : "\($0.lowerBound + 1) to \($0.upperBound + 1)" }
      .joined(separator: ", ")
  }
}
