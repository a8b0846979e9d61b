import Artifacts
import Lambdas
import Plans

/// Posts the scores of every epoch to a server, as a form with a field that holds JSON, or as JSON.
///
/// Better than Keras's: a thread of its own sends, so that the training does not wait for the server; what was not sent is tried
/// again; and what could not be delivered is told at the end. Where the server is slower than the epochs, the training waits for it once
/// for the time-out, in all, and then leaves epochs out. An interrupted training sends the rest before its last backup is written,
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
    "timeout", "how many seconds an answer may take; the training waits no longer for the server, and once more at its end",
    min: 0, excludesMin: true, default: 10)

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
      return RequestHead(arguments[headers.description.name] ?? .none).firstWrong.map { name in
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
            "waits at most \(arguments[timeout].pythonDescription) seconds for an answer, and as long for a server that is slower than "
              + "the epochs",
          ]
        })))

  let name = "RemoteMonitor"
  let hooks: Set<Hook> = [.epochEnd, .trainEnd]
  let isToldOfFailures = true
  /// As messages show it.
  let root: String
  private let address: WebAddress
  /// Nil to send JSON.
  private let field: String?
  private let headers: [String]
  let timeoutSeconds: Double

  /// Made with the first epoch.
  var outbox: Outbox?
  /// What has become of the messages before that, and of those that it has finished with.
  var tally = Outbox.Tally()
  /// Whether nothing is sent any more, since a backup says what waits.
  private var isSettled = false
  /// Problems that are to be told.
  private var news: [Outbox.News] = []

  init(_ arguments: Arguments) throws(CallbackFailure) {
    root = WebAddress.shown(arguments[Self.root])
    guard let address = WebAddress(arguments[Self.root] + arguments[Self.path]) else {
      throw CallbackFailure("`\(root + arguments[Self.path])` is no address of a server")
    }
    self.address = address
    field = arguments[Self.sendAsJSON] ? nil : arguments[Self.field]
    let given = RequestHead(arguments[Self.headers]).lines
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
}
