import Artifacts
import Lambdas
import Plans

/// Posts the scores of every epoch to a server, as a form with a field that holds JSON, or as JSON.
///
/// Better than Keras's: a thread of its own sends, so that the training does not wait for the server; what was not sent is tried
/// again; and what could not be delivered is told at the end. An interrupted training sends the rest before its last backup is written,
/// so that the one that goes on sends nothing twice. A score that is no number is `null` in JSON, which has no other word for it;
/// in the form it is Python's `NaN`, as in Keras.
struct RemoteMonitor: Callback {
  static let root = Parameter<String>("root", "the address of the server", default: "http://localhost:9000")
  static let path = Parameter<String>("path", "what follows it in the address", default: "/publish/epoch/end/")
  static let field = Parameter<String>("field", "the name of the form's field that holds the scores", default: "data")
  static let headers = Parameter<Value>(
    "headers", "further lines of the request's head, by name", .optional(.dict(.string)), default: Value.none
  ) { $0 }
  static let sendAsJSON = Parameter<Bool>("send_as_json", "whether to send the scores as JSON, and no form", default: false)
  static let timeout = Parameter<Double>(
    "timeout", "how many seconds an answer may take; the end of the training waits no longer", min: 0, excludesMin: true,
    default: 10)

  static let entry = Entry(
    .callback,
    Signature(
      "RemoteMonitor", "Posts the scores of every epoch to a server.",
      [
        root.description, path.description, field.description, headers.description, sendAsJSON.description, timeout.description,
      ],
      example: "RemoteMonitor(\"http://localhost:9000\", send_as_json=True)"),
    conflict: { arguments in
      guard let root = arguments[root.description.name]?.asString, let path = arguments[path.description.name]?.asString else {
        return nil
      }
      if WebAddress(root + path) == nil {
        return ArgumentConflict(
          of: Self.root.description.name, "posts to a server, and `\(root + path)` is no address of one",
          hint: "write `root=\"http://localhost:9000\"` and a `path` that begins with a slash.")
      }
      let wrong = lines(of: arguments[headers.description.name] ?? .none).first { !isHeader($0.name, $0.value) }
      return wrong.map { name, _ in
        ArgumentConflict(
          of: headers.description.name, "cannot send a head with the line `\(name)`",
          hint: "a name is one word of letters, digits and `-`, and what it says is one line.")
      }
    },
    .callback(
      CallbackTraits(
        recordsLogs: true,
        facts: { arguments in
          let form = arguments[sendAsJSON] ? "JSON" : "the field `\(arguments[field])` of a form"
          return [
            "posts to `\(WebAddress.shown(arguments[root] + arguments[path]))` as \(form)",
            "waits at most \(arguments[timeout].pythonDescription) seconds for an answer",
          ]
        })))

  let name = "RemoteMonitor"
  let hooks: Set<Hook> = [.epochEnd, .trainEnd]
  let isToldOfFailures = true
  /// As messages show it.
  private let root: String
  private let address: WebAddress
  /// Nil to send JSON.
  private let field: String?
  private let headers: [String]
  private let timeoutSeconds: Double

  /// Made with the first epoch.
  private var outbox: Outbox?
  /// What has become of the messages before that, and of those that it has finished with.
  private var tally = Outbox.Tally()
  /// Whether nothing is sent any more, since a backup says what waits.
  private var isSettled = false
  /// Problems that are to be told.
  private var news: [Outbox.Problem] = []

  init(_ arguments: Arguments) throws(CallbackFailure) {
    root = WebAddress.shown(arguments[Self.root])
    guard let address = WebAddress(arguments[Self.root] + arguments[Self.path]) else {
      throw CallbackFailure("`\(root + arguments[Self.path])` is no address of a server")
    }
    self.address = address
    field = arguments[Self.sendAsJSON] ? nil : arguments[Self.field]
    let given = Self.lines(of: arguments[Self.headers])
    let type = arguments[Self.sendAsJSON] ? "application/json" : "application/x-www-form-urlencoded"
    var lines = [("Content-Type", type), ("User-Agent", "train"), ("Expect", "")]
    lines.removeAll { line in given.contains { $0.name.lowercased() == line.0.lowercased() } }
    headers = (lines + given).map { name, value in value.isEmpty && name != "Expect" ? "\(name);" : "\(name): \(value)" }
    timeoutSeconds = arguments[Self.timeout]
    guard HTTPClient.isInstalled else {
      throw CallbackFailure("it sends with libcurl, which is not installed; install `libcurl4`")
    }
  }

  mutating func onEpochEnd(_ report: EpochReport) throws(CallbackFailure) -> [Request] {
    let outbox = try opened()
    outbox.add(Outbox.Message(epoch: report.epoch, body: body(epoch: report.epoch, report.logs)))
    return warnings(outbox.takeNews())
  }

  mutating func settle() -> Bool {
    isSettled = true
    guard let outbox else { return false }
    tally = outbox.finish(keepsWaiting: true)
    news = outbox.takeNews()
    self.outbox = nil
    return true
  }

  mutating func onTrainEnd(_ end: EndReport) throws(CallbackFailure) -> [Request] {
    if isSettled { return warnings(news) + told(tally) + toldOfWaiting }
    guard outbox != nil || !tally.waiting.isEmpty else { return told(tally) }
    let outbox = try opened()
    tally = outbox.finish()
    self.outbox = nil
    return warnings(outbox.takeNews()) + told(tally)
  }

  /// What was not delivered so far goes into a backup, so that no kill loses it.
  func saveState() -> JSON {
    let tally = outbox?.tally ?? tally
    return [
      "delivered": .integer(tally.deliveredCount),
      "lost": .array(tally.losses.map { [.integer($0.epoch), .string($0.problem.code)] }),
      "waiting": .array(tally.waiting.map { [.integer($0.epoch), .string($0.body)] }),
    ]
  }

  mutating func resume(from state: JSON, _ run: RunReport) {
    tally.deliveredCount = state["delivered"]?.integerValue ?? 0
    tally.losses = (state["lost"]?.arrayValue ?? []).compactMap { loss in
      guard let epoch = loss[0]?.integerValue, let problem = loss[1]?.stringValue.flatMap(Outbox.Problem.init(code:)) else {
        return nil
      }
      return Outbox.Loss(epoch: epoch, problem: problem)
    }
    tally.waiting = (state["waiting"]?.arrayValue ?? []).compactMap { message in
      guard let epoch = message[0]?.integerValue, let body = message[1]?.stringValue else { return nil }
      return Outbox.Message(epoch: epoch, body: body)
    }
  }

  // MARK: Sending

  private mutating func opened() throws(CallbackFailure) -> Outbox {
    if let outbox { return outbox }
    let (url, headers, timeoutSeconds) = (address.text, headers, timeoutSeconds)
    guard let client = HTTPClient(),
      let outbox = Outbox(
        tally, timeoutSeconds: timeoutSeconds,
        send: { message in
          Outbox.Problem(
            client.post(Array(message.body.utf8), to: url, headers: headers, timeoutSeconds: timeoutSeconds))
        }, cancel: { client.cancel() })
    else { throw CallbackFailure("there is no memory for a connection") }
    self.outbox = outbox
    return outbox
  }

  private func body(epoch: Int, _ logs: Logs) -> String {
    var event: JSON.Object = ["epoch": .integer(epoch)]
    for (name, value) in logs.entries { event[name] = JSON(score: value) }
    guard let field else { return JSON.object(event).withoutOddNumbers.text }
    return WebAddress.form(field, JSON.object(event).text)
  }

  // MARK: Telling

  private func warnings(_ problems: [Outbox.Problem]) -> [Request] {
    problems.flatMap { problem -> [Request] in
      let sentence =
        switch problem {
        case .notReached: "Could not reach RemoteMonitor root server at \(root)"
        default: "RemoteMonitor root server at \(root): \(reason(problem))"
        }
      let decision = Decision(.undelivered, "not everything is delivered to \(root)", because: reason(problem))
      return [.print("warning: \(sentence)\n"), .decide(decision)]
    }
  }

  /// What a training that was interrupted leaves to the one that goes on.
  private var toldOfWaiting: [Request] {
    if tally.waiting.isEmpty { return [] }
    let epochs = ranges(tally.waiting.map { $0.epoch + 1 })
    return [.print("RemoteMonitor delivers to \(root) when the training goes on: epoch \(epochs)\n")]
  }

  private func told(_ tally: Outbox.Tally) -> [Request] {
    guard !tally.losses.isEmpty else { return [] }
    var problems: [Outbox.Problem] = []
    for loss in tally.losses where !problems.contains(loss.problem) { problems.append(loss.problem) }
    let groups = problems.map { problem in
      let epochs = tally.losses.filter { $0.problem == problem }.map { $0.epoch + 1 }.sorted()
      return "\(ranges(epochs)) (\(reason(problem)))"
    }
    let count = tally.losses.count
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

  /// `1 to 4, 6`.
  private func ranges(_ numbers: [Int]) -> String {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = ranges.last, number <= last.upperBound + 1 {
        ranges[ranges.count - 1] = last.lowerBound...max(number, last.upperBound)
      } else {
        ranges.append(number...number)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound) to \($0.upperBound)" }.joined(separator: ", ")
  }

  // MARK: Heads

  private static func lines(of headers: Value) -> [(name: String, value: String)] {
    guard case .dict(let dict) = headers else { return [] }
    return zip(dict.keys, dict.values).map { name, value in
      (name.asString ?? Operations.representation(name), value.asString ?? "")
    }
  }

  /// Whether a name and what it says make a line of a head (RFC 9110, 5.5 and 5.6.2).
  private static func isHeader(_ name: String, _ value: String) -> Bool {
    let isName = name.utf8.allSatisfy { byte in
      Character(Unicode.Scalar(byte)).isLetter && byte < 0x80 || 0x30...0x39 ~= byte || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
    return isName && !name.isEmpty && !value.utf8.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }
  }
}

extension Outbox.Problem {
  /// What an answer means; nil where the message is delivered.
  init?(_ answer: HTTPClient.Answer) {
    switch answer {
    case .status(let status):
      if status < 400 { return nil }
      self = .status(status)
    case .notReached: self = .notReached
    case .untrusted(let reason): self = .untrusted(reason)
    case .timedOut: self = .timedOut
    case .broken: self = .broken
    }
  }

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

extension JSON {
  /// A score as Keras sends it: an array of one number is that number.
  fileprivate init(score: Lambdas.Value) {
    switch score {
    case .none: self = .null
    case .bool(let flag): self = .bool(flag)
    case .integer(let number): self = .integer(number)
    case .float(let number): self = .float(number)
    case .string(let text): self = .string(text)
    case .list(let values), .tuple(let values): self = .array(values.map(JSON.init(score:)))
    case .array(let array):
      let numbers = array.doubles.map(JSON.float)
      self = numbers.count == 1 ? numbers[0] : .array(numbers)
    default: self = .string(score.briefDescription)
    }
  }

  /// With `null` for what JSON has no number for.
  fileprivate var withoutOddNumbers: JSON {
    switch self {
    case .float(let number): number.isFinite ? self : .null
    case .array(let elements): .array(elements.map(\.withoutOddNumbers))
    case .object(let object): .object(Object(object.entries.map { ($0.key, $0.value.withoutOddNumbers) }))
    default: self
    }
  }
}
