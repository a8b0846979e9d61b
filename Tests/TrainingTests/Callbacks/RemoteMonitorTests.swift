import Arrays
import Artifacts
import Foundation
import Lambdas
import LoopbackServer
import Plans
import Synchronization
import Testing

@testable import Training

@Suite(.serialized) struct RemoteMonitorTests {
  private let run = RunReport(epochs: 3, steps: 1)

  private func monitor(_ root: String, _ given: [String: Value] = [:]) throws -> RemoteMonitor {
    try RemoteMonitor(bound(RemoteMonitor.entry, given.merging(["root": .string(root)]) { $1 }))
  }

  /// Sends these epochs' losses, from an epoch on; gives what is printed at each hook.
  private func send(_ monitor: inout RemoteMonitor, _ losses: [Double], from epoch: Int = 0) throws -> [String] {
    var printed: [String] = []
    for (index, loss) in losses.enumerated() {
      printed.append(try monitor.onEpochEnd(report(epoch + index, ["loss": loss])).printed)
    }
    printed.append(try monitor.onTrainEnd(EndReport(reason: .completed)).printed)
    return printed
  }

  /// What Keras sent of the same scores.
  @Test func formsAreKerass() throws {
    let server = try #require(LoopbackServer())
    var monitor = try monitor(server.root)
    let scores = ["loss": 0.48112428188323975, "mae": 0.6315996050834656]
    _ = try monitor.onEpochEnd(report(0, scores))
    #expect(try monitor.onTrainEnd(EndReport(reason: .completed)).isEmpty)
    let request = try #require(server.requests.first)
    #expect(request.method == "POST" && request.path == "/publish/epoch/end/")
    #expect(request.headers["content-type"] == "application/x-www-form-urlencoded")
    #expect(
      request.body
        == "data=%7B%22epoch%22%3A+0%2C+%22loss%22%3A+0.48112428188323975%2C+%22mae%22%3A+0.6315996050834656%7D")
  }

  @Test func jsonIsKerass() throws {
    let server = try #require(LoopbackServer())
    var monitor = try monitor(
      server.root,
      ["path": .string("/p"), "send_as_json": .bool(true), "headers": .dict(DictValue([("X-Run", .string("1"))]))])
    _ = try monitor.onEpochEnd(report(0, ["loss": 0.33231228590011597, "mae": 0.5121721625328064]))
    _ = try monitor.onTrainEnd(EndReport(reason: .completed))
    let request = try #require(server.requests.first)
    #expect(request.path == "/p")
    #expect(request.headers["content-type"] == "application/json" && request.headers["x-run"] == "1")
    #expect(request.headers["expect"] == nil)
    #expect(request.body == "{\"epoch\": 0, \"loss\": 0.33231228590011597, \"mae\": 0.5121721625328064}")
  }

  /// Keras takes a score that is no number for a server that is not there, and sends nothing.
  @Test func scoresThatAreNoNumbers() throws {
    let server = try #require(LoopbackServer())
    for asJSON in [false, true] {
      var monitor = try monitor(server.root, ["field": .string("z z"), "send_as_json": .bool(asJSON)])
      var logs = Logs(["loss": .nan])
      logs["f1"] = .array(NDArray(doubles: [0.5, .infinity], shape: [2]))
      logs["one"] = .array(NDArray(doubles: [2], shape: [1]))
      logs["note"] = .string("ö \"&\"")
      _ = try monitor.onEpochEnd(EpochReport(epoch: 4, logs: logs, rates: []))
      #expect(try monitor.onTrainEnd(EndReport(reason: .completed)).isEmpty)
    }
    #expect(
      server.requests.map(\.body) == [
        "z+z=%7B%22epoch%22%3A+4%2C+%22loss%22%3A+NaN%2C+%22f1%22%3A+%5B0.5%2C+Infinity%5D%2C+%22one%22%3A+2.0%2C+"
          + "%22note%22%3A+%22%5Cu00f6+%5C%22%26%5C%22%22%7D",
        "{\"epoch\": 4, \"loss\": null, \"f1\": [0.5, null], \"one\": 2.0, \"note\": \"\\u00f6 \\\"&\\\"\"}",
      ])
  }

  /// Keras's client asks again without a body, and the epoch is lost.
  @Test(arguments: [301, 302, 303, 307, 308]) func aPostThatIsSentElsewhereStaysOne(_ status: Int) throws {
    let server = try #require(LoopbackServer([.redirect(status, to: "/moved")]))
    var monitor = try monitor(server.root, ["send_as_json": .bool(true)])
    #expect(try send(&monitor, [0.5]) == ["", ""])
    let requests = server.requests
    #expect(requests.map(\.path) == ["/publish/epoch/end/", "/moved"] && requests.map(\.method) == ["POST", "POST"])
    #expect(requests.map(\.body) == Array(repeating: "{\"epoch\": 0, \"loss\": 0.5}", count: 2))
  }

  @Test func headsOfTheUserGoFirst() throws {
    let server = try #require(LoopbackServer())
    let headers = DictValue([("content-type", .string("text/plain")), ("X-Empty", .string("")), ("User-Agent", .string("me"))])
    var monitor = try monitor(server.root, ["headers": .dict(headers)])
    _ = try send(&monitor, [1])
    let found = try #require(server.requests.first?.headers)
    #expect(found["content-type"] == "text/plain" && found["x-empty"] == "" && found["user-agent"] == "me")
  }

  @Test func epochsArriveInOrder() throws {
    let server = try #require(LoopbackServer())
    var monitor = try monitor(server.root, ["send_as_json": .bool(true)])
    #expect(try send(&monitor, (0..<40).map(Double.init)) == Array(repeating: "", count: 41))
    #expect(server.requests.map(\.body) == (0..<40).map { "{\"epoch\": \($0), \"loss\": \($0).0}" })
  }

  @Test func aServerThatIsNotThere() throws {
    let port = try freePort()
    var monitor = try monitor("http://127.0.0.1:\(port)")
    let printed = try send(&monitor, [1, 2, 3]).joined()
    #expect(
      printed == """
        warning: Could not reach RemoteMonitor root server at http://127.0.0.1:\(port)
        RemoteMonitor could not deliver 3 of 3 epochs to http://127.0.0.1:\(port): 1 to 3 (it was not reached)

        """)
  }

  @Test func aServerThatComesLaterGetsAll() throws {
    let port = try freePort()
    var monitor = try monitor("http://127.0.0.1:\(port)", ["send_as_json": .bool(true)])
    let first = try monitor.onEpochEnd(report(0, ["loss": 1])).printed
    usleep(50_000)
    let server = try #require(LoopbackServer(port: port))
    let printed = first + (try send(&monitor, [2, 3], from: 1).joined())
    #expect(printed == "warning: Could not reach RemoteMonitor root server at http://127.0.0.1:\(port)\n")
    #expect(server.requests.map { $0.body.prefix(12) } == (0..<3).map { "{\"epoch\": \($0)," })
  }

  @Test func aServerThatDiesInTheMiddle() throws {
    let server = try #require(LoopbackServer([.answer(200), .answer(200), .die]))
    var monitor = try monitor(server.root)
    let printed = try send(&monitor, [1, 2, 3, 4, 5]).joined()
    #expect(
      printed.hasSuffix(
        "RemoteMonitor could not deliver 3 of 5 epochs to \(server.root): 3 (the connection broke), 4 to 5 (it was not reached)\n"
      ), "\(printed)")
    #expect(printed.contains("warning: Could not reach RemoteMonitor root server at \(server.root)\n"))
    #expect(server.requests.count == 3)
  }

  @Test func aSlowServer() throws {
    let server = try #require(LoopbackServer([.answer(200), .late(20)]))
    var monitor = try monitor(server.root, ["timeout": .float(0.25)])
    let began = Console.monotonicSeconds()
    let printed = try send(&monitor, [1, 2, 3]).joined()
    #expect(Console.monotonicSeconds() - began < 8)
    // The third is on its way when the time is over, or still waits for the second.
    #expect(
      printed.contains("2 to 3 (no answer within 0.25 seconds)") || printed.contains("3 (others took too long)"), "\(printed)")
    #expect(!printed.contains("Could not reach"))
  }

  /// A server that answers, but later than the next epoch comes: the training waits for it once, is told so beforehand, and at the
  /// end which epochs were left out.
  @Test func aServerThatIsSlowerThanTheEpochs() throws {
    let server = try #require(LoopbackServer(Array(repeating: .late(0.1), count: 400)))
    let timeoutSeconds = 0.5
    var monitor = try monitor(server.root, ["timeout": .float(timeoutSeconds), "send_as_json": .bool(true)])
    var printed: [String] = []
    let began = Console.monotonicSeconds()
    for epoch in 0..<300 { printed.append(try monitor.onEpochEnd(report(epoch, ["loss": 1])).printed) }
    let took = Console.monotonicSeconds() - began
    #expect(took >= timeoutSeconds && took < 4 * timeoutSeconds, "\(took)")
    let end = try monitor.onTrainEnd(EndReport(reason: .completed)).printed
    // Told with the 64th or, where one has been sent by then, soon after, and once.
    let told = printed.indices.filter { !printed[$0].isEmpty }
    #expect(told.count == 1 && told[0] >= 63 && told[0] < 80, "\(told)")
    #expect(
      printed[told[0]]
        == "warning: RemoteMonitor root server at \(server.root) is slower than the epochs: 64 wait for it; the training will wait "
        + "for it, 0.5 seconds in all, and then leave out the oldest\n")
    // What has arrived and what is told as lost are all there were.
    let list = try #require(end.firstMatch(of: /could not deliver ([0-9]+) of 300 epochs/)).1
    #expect(end.contains("(others took too long)"), "\(end)")
    #expect(try #require(Int(list)) + 10 > 200)
    let lost = epochs(in: end)
    let arrived = server.requests.compactMap { (try? JSON.parse($0.body))?["epoch"]?.integerValue }
    #expect(Set(arrived).union(lost) == Set(0..<300))
    #expect(lost.count == Int(list) && arrived == arrived.sorted())
  }

  /// The epochs, from 0, of "1 to 4, 6 (…), 8 (…)".
  private func epochs(in line: String) -> [Int] {
    line.replacing(/\([^)]*\)/, with: "").matches(of: /([0-9]+)(?: to ([0-9]+))?(?=,| |$)/.anchorsMatchLineEndings())
      .compactMap { match -> ClosedRange<Int>? in
        guard line.firstRange(of: "127.0.0.1").map({ match.range.lowerBound > $0.upperBound }) ?? false, let first = Int(match.1)
        else { return nil }
        return first - 1...(match.2.flatMap { Int($0) } ?? first) - 1
      }.flatMap(Array.init)
  }

  @Test func answersThatAreNone() throws {
    let server = try #require(LoopbackServer([.answer(500), .hangUp, .babble, .answer(404), .answer(204), .answer(500)]))
    var monitor = try monitor(server.root)
    let printed = try send(&monitor, [1, 2, 3, 4, 5, 6, 7]).joined()
    #expect(printed.components(separatedBy: "warning:").count == 4, "\(printed)")
    #expect(printed.contains("warning: RemoteMonitor root server at \(server.root): it answered with status 500\n"))
    #expect(
      printed.hasSuffix(
        "RemoteMonitor could not deliver 5 of 7 epochs to \(server.root): 1, 6 (it answered with status 500), "
          + "2 to 3 (the connection broke), 4 (it answered with status 404)\n"), "\(printed)")
  }

  @Test func aKilledRunSendsWhatWaited() throws {
    let port = try freePort()
    let state: JSON
    do {
      var killed = try monitor("http://127.0.0.1:\(port)", ["send_as_json": .bool(true)])
      _ = try killed.onEpochEnd(report(0, ["loss": 1]))
      _ = try killed.onEpochEnd(report(1, ["loss": 2]))
      state = killed.saveState()
    }
    #expect(state["waiting"]?.arrayValue?.count == 2)
    let server = try #require(LoopbackServer(port: port))
    var resumed = try monitor("http://127.0.0.1:\(port)", ["send_as_json": .bool(true)])
    resumed.resume(from: state, run)
    #expect(try send(&resumed, [3], from: 2).joined() == "")
    #expect(server.requests.map(\.body) == (0..<3).map { "{\"epoch\": \($0), \"loss\": \($0 + 1).0}" })
  }

  /// Raises the flag when the first validation is over, or when the n-th begins.
  private struct Interrupting: Callback {
    let name = "Interrupting"
    let hooks: Set<Hook> = [.testBegin, .testEnd]
    let flag: InterruptFlag
    let validation: Int?
    var begun = 0

    mutating func onTestBegin() -> [Request] {
      begun += 1
      if begun == validation { flag.raise() }
      return []
    }

    func onTestEnd(_ logs: Logs) -> [Request] {
      if validation == nil { flag.raise() }
      return []
    }
  }

  /// Runs a training of three epochs with a backup of each, which may be interrupted at the end of the first, or in a validation;
  /// gives what is printed.
  private func train(
    _ root: String, _ backup: MemoryBackup, isInterrupted: Bool, inValidation: Int? = nil, decisions: DecisionLog? = nil
  ) throws -> String {
    let flag = InterruptFlag()
    let screen = Screen(isTerminal: false)
    let callbacks: [any Callback] = [
      try monitor(root, ["send_as_json": .bool(true), "timeout": .float(5)]), BackupAndRestore("memory"),
      Interrupting(flag: isInterrupted ? flag : InterruptFlag(), validation: inValidation),
    ]
    let validation = FitSettings.Validation(data: TestData(exampleCount: 4, batchSize: 4))
    let settings = FitSettings(epochs: 3, exampleCount: 4, batchSize: 4, validation: validation)
    decisions?.beginFit(of: "fake")
    let reason = try makeTrainer(
      FakeTrainee(scoreNames: ["loss"]), settings, callbacks, backup: backup, interrupt: flag, console: screen.console,
      decisions: decisions
    ).fit()
    #expect(reason == (isInterrupted ? .interrupted : .completed))
    return screen.text
  }

  private func epochs(of server: LoopbackServer) -> [Int?] {
    server.requests.map { (try? JSON.parse($0.body))?["epoch"]?.integerValue }
  }

  /// The backup of a training that is interrupted knows what has arrived by then, even if the answer took its time.
  @Test(arguments: [nil, 2]) func anInterruptedTrainingSendsNothingTwice(inValidation: Int?) throws {
    let server = try #require(LoopbackServer([.late(0.3)]))
    let backup = MemoryBackup()
    #expect(!(try train(server.root, backup, isInterrupted: true, inValidation: inValidation)).contains("RemoteMonitor"))
    #expect(epochs(of: server) == [0])
    #expect(!(try train(server.root, backup, isInterrupted: false)).contains("RemoteMonitor"))
    #expect(epochs(of: server) == [0, 1, 2])
  }

  @Test func whatAnInterruptedTrainingCouldNotSendIsSentLater() throws {
    let port = try freePort()
    let root = "http://127.0.0.1:\(port)"
    let backup = MemoryBackup()
    let log = DecisionLog()
    let told = try train(root, backup, isInterrupted: true, decisions: log)
    #expect(
      told == """
        warning: Could not reach RemoteMonitor root server at \(root)
        RemoteMonitor delivers to \(root) when the training goes on: epoch 1

        """)
    #expect(
      log.records.first?.decision
        == Decision(.undelivered, "not everything is delivered to \(root)", because: "it was not reached"))
    let server = try #require(LoopbackServer(port: port))
    _ = try train(root, backup, isInterrupted: false)
    #expect(epochs(of: server) == [0, 1, 2])
  }

  /// A server that nobody vouches for is told nothing; that is said once, and the training goes on.
  @Test func aServerThatIsNotTrusted() throws {
    let folder = TemporaryFolder()
    let server = try #require(SelfSignedServer(folder), "`openssl` serves")
    let screen = Screen(isTerminal: false)
    let log = DecisionLog()
    log.beginFit(of: "fake")
    let trainee = FakeTrainee(scoreNames: ["loss"])
    let reason = try makeTrainer(
      trainee, FitSettings(epochs: 3, exampleCount: 4, batchSize: 4), [try monitor(server.root)], console: screen.console,
      decisions: log
    ).fit()
    #expect(reason == .completed && trainee.steps == 3)
    let lines = screen.text.split(separator: "\n")
    let problem = "its certificate is not trusted: self"
    #expect(lines.count == 2, "\(screen.text)")
    #expect(lines.first?.hasPrefix("warning: RemoteMonitor root server at \(server.root): \(problem)") == true)
    #expect(lines.last?.hasPrefix("RemoteMonitor could not deliver 3 of 3 epochs to \(server.root): 1 to 3 (\(problem)") == true)
    #expect(log.records.map(\.decision.kind) == [.undelivered, .undelivered, .ended])
    #expect(
      log.records.dropFirst().first?.decision.what == "3 of 3 epochs were not delivered to \(server.root)", "\(log.records)")

    var resumed = try monitor(server.root)
    resumed.resume(from: ["lost": [[0, "untrusted: it says so"]]], run)
    #expect(
      try resumed.onTrainEnd(EndReport(reason: .completed)).printed.contains("1 (its certificate is not trusted: it says so)"))
  }

  @Test func whatWasLostIsToldAfterAResumeToo() throws {
    let server = try #require(LoopbackServer([.answer(500)]))
    var first = try monitor(server.root)
    _ = try first.onEpochEnd(report(0, ["loss": 1]))
    try waitUntil { first.saveState()["lost"]?.arrayValue?.count == 1 }
    var second = try monitor(server.root)
    second.resume(from: first.saveState(), run)
    #expect(
      try send(&second, [2], from: 1).joined()
        == "RemoteMonitor could not deliver 1 of 2 epochs to \(server.root): 1 (it answered with status 500)\n")
  }

  @Test func aWholeTraining() throws {
    let server = try #require(LoopbackServer())
    let screen = Screen(isTerminal: false)
    var settings = FitSettings(epochs: 3, exampleCount: 4, batchSize: 2)
    settings.validation = .init(frequency: .every(2), data: TestData(exampleCount: 4, batchSize: 4))
    let trainee = FakeTrainee(scoreNames: ["loss"])
    _ = try makeTrainer(
      trainee, settings, [try monitor(server.root, ["send_as_json": .bool(true)])], console: screen.console
    ).fit()
    #expect(server.requests.map { $0.body.contains("val_loss") } == [false, true, false])
    #expect(!screen.text.contains("RemoteMonitor"))
  }

  @Test func aTrainingThatFailsTellsWhatWasNotDelivered() throws {
    let port = try freePort()
    let screen = Screen(isTerminal: false)
    let trainee = FakeTrainee(scoreNames: ["loss"])
    trainee.failsAtStep = 2
    let settings = FitSettings(epochs: 3, exampleCount: 4, batchSize: 4)
    #expect(throws: TrainingError.self) {
      try makeTrainer(trainee, settings, [try monitor("http://127.0.0.1:\(port)")], console: screen.console).fit()
    }
    #expect(
      screen.text.contains(
        "RemoteMonitor could not deliver 2 of 2 epochs to http://127.0.0.1:\(port): 1 to 2 (it was not reached)"))
  }

  // MARK: Addresses

  @Test(arguments: [
    "http://localhost:9000/publish/epoch/end/", "https://a.b-c.de", "HTTP://x_y/ö ä%20%zz?q=1#f", "http://127.0.0.1:1/",
    "http://[::1]:80/p", "http://me:secret@host/p", "http://höst/",
  ])
  func addresses(_ text: String) { #expect(WebAddress(text) != nil) }

  @Test(arguments: [
    "", "localhost:9000", "ftp://x/", "http://", "http:///p", "http:/x", "http://a b/", "http://x:0/", "http://x:65536/",
    "http://x:y/",
    "http://[::1/", "http://[x]/", "http://x/\n", "http://x:/", "//x", "http://@/",
  ])
  func whatIsNoAddress(_ text: String) {
    #expect(WebAddress(text) == nil)
    let given: [String: Value] = ["root": .string(text), "path": .string("")]
    #expect(RemoteMonitor.entry.conflict(bound(RemoteMonitor.entry, given))?.parameter == "root")
  }

  @Test(arguments: [
    ("http://me:se@cret@host:9/p@q", "http://host:9/p@q"), ("http://host/p@q", "http://host/p@q"), ("host", "host"), ("", ""),
    ("http://", "http://"),
  ])
  func messagesShowNoPassword(_ text: String, _ shown: String) { #expect(WebAddress.shown(text) == shown) }

  @Test func quotesWhatMayNotStandInAnAddress() {
    #expect(WebAddress("http://x/ö \"%20%zz")?.text == "http://x/%C3%B6%20%22%20%25zz")
  }

  @Test(arguments: [
    ("X-A", "1", true), ("X A", "1", false), ("", "1", false), ("A", "1\r\nB: 2", false), ("A:", "1", false), ("Ä", "1", false),
    ("A", "ü", true),
  ])
  func headsThatCanBeSent(_ name: String, _ value: String, _ isRight: Bool) {
    let given: [String: Value] = ["headers": .dict(DictValue([(name, .string(value))]))]
    #expect((RemoteMonitor.entry.conflict(bound(RemoteMonitor.entry, given)) == nil) == isRight)
  }

  // MARK: Means

  /// A port at which nobody listens.
  private func freePort() throws -> UInt16 {
    let server = try #require(LoopbackServer())
    server.close()
    return server.port
  }

  private func waitUntil(_ condition: () -> Bool) throws {
    for _ in 0..<2000 where !condition() { usleep(1000) }
    try #require(condition())
  }
}

@Suite struct OutboxTests {
  /// A way to send that is held up until it is let go.
  private final class Gate: Sendable {
    let state = Mutex<(isOpen: Bool, sent: [Int])>((false, []))
    func open() { state.withLock { $0.isOpen = true } }
    func send(_ message: Outbox.Message) -> Outbox.Problem? {
      for _ in 0..<5000 where !state.withLock({ $0.isOpen }) { usleep(1000) }
      state.withLock { $0.sent.append(message.epoch) }
      return nil
    }
  }

  private func outbox(
    timeoutSeconds: Double, send: @escaping @Sendable (Outbox.Message) -> Outbox.Problem?,
    cancel: @escaping @Sendable () -> Void = {}
  ) throws -> Outbox {
    let made = Outbox(timeoutSeconds: timeoutSeconds, send: send, cancel: cancel)
    return try #require(made)
  }

  @Test func whatWaitsMayStay() throws {
    let untrusted = try outbox(timeoutSeconds: 5) { _ in .untrusted("self-signed") }
    for epoch in 0..<3 { untrusted.add(message(epoch)) }
    let tally = untrusted.finish(keepsWaiting: true)
    #expect(tally.waiting.map(\.epoch) == [0, 1, 2] && tally.losses.isEmpty)
    #expect(untrusted.finish().waiting.count == 3, "it is finished already")

    // What is on its way may arrive, so it is not sent again.
    let gate = Gate()
    let slow = try outbox(timeoutSeconds: 0.1, send: { gate.send($0) }, cancel: { gate.open() })
    for epoch in 0..<3 { slow.add(message(epoch)) }
    let rest = slow.finish(keepsWaiting: true)
    #expect(rest.losses == [.init(epochs: 0...0, problem: .timedOut)] && rest.waiting.map(\.epoch) == [1, 2])
  }

  private func message(_ epoch: Int) -> Outbox.Message { Outbox.Message(epoch: epoch, body: "") }

  @Test func aFullOneWaitsForItsTimeAndGivesUpTheOldest() throws {
    let gate = Gate()
    let outbox = try outbox(timeoutSeconds: 0.05, send: { gate.send($0) })
    for epoch in 0..<Outbox.capacity + 2 { outbox.add(message(epoch)) }
    // The first is on its way, so the two after it are given up.
    #expect(outbox.tally.waiting.count == Outbox.capacity)
    #expect(outbox.tally.losses == [.init(epochs: 1...2, problem: .leftBehind)])
    #expect(outbox.takeNews() == [.full], "that is told once")
    gate.open()
    let tally = outbox.finish()
    #expect(tally.deliveredCount + tally.lostCount == Outbox.capacity + 2 && tally.waiting.isEmpty)
  }

  /// The time-out is one for all that is added, and goes on counting in a run that goes on.
  @Test func aFullOneWaitsForItsTimeOnce() throws {
    let gate = Gate()
    let timeoutSeconds = 0.3
    let first = try outbox(timeoutSeconds: timeoutSeconds, send: { gate.send($0) }, cancel: { gate.open() })
    let began = Console.monotonicSeconds()
    for epoch in 0..<Outbox.capacity + 40 { first.add(message(epoch)) }
    let took = Console.monotonicSeconds() - began
    #expect(took >= timeoutSeconds && took < 20 * timeoutSeconds, "\(took)")
    let tally = first.tally
    #expect(tally.waitedSeconds >= timeoutSeconds && tally.lostCount == 40 && tally.losses.count == 1)

    let read = Outbox.Tally(try JSON.parse(tally.json.text))
    #expect(read.losses == tally.losses && read.waiting == tally.waiting && read.waitedSeconds == tally.waitedSeconds)
    let later = Gate()
    let made = Outbox(read, timeoutSeconds: timeoutSeconds, send: { later.send($0) }, cancel: { later.open() })
    let second = try #require(made)
    second.add(message(500))
    #expect(second.tally.waitedSeconds == tally.waitedSeconds && second.tally.lostCount == 41)
  }

  @Test func aFullOneWaitsWhileTheServerAnswers() throws {
    let outbox = try outbox(timeoutSeconds: 5) { _ in
      usleep(500)
      return nil
    }
    for epoch in 0..<200 { outbox.add(message(epoch)) }
    let tally = outbox.finish()
    #expect(tally.deliveredCount == 200 && tally.losses.isEmpty)
  }

  @Test func whatWaitsIsSentWhenTheOutboxGoes() throws {
    let gate = Gate()
    do {
      let outbox = try outbox(timeoutSeconds: 5, send: { gate.send($0) })
      for epoch in 0..<3 { outbox.add(message(epoch)) }
      gate.open()
    }
    #expect(gate.state.withLock { $0.sent } == [0, 1, 2])
  }

  @Test func whatTakesTooLongEndsWithTheOutbox() throws {
    let gate = Gate()
    do {
      let outbox = try outbox(timeoutSeconds: 0.05, send: { gate.send($0) }, cancel: { gate.open() })
      outbox.add(message(0))
    }
    #expect(gate.state.withLock { $0.isOpen })
  }

  @Test func theEndWaitsNoLongerThanTheTimeOut() throws {
    let gate = Gate()
    let outbox = try outbox(timeoutSeconds: 0.1, send: { gate.send($0) }, cancel: { gate.open() })
    for epoch in 0..<3 { outbox.add(message(epoch)) }
    let began = Console.monotonicSeconds()
    let tally = outbox.finish()
    #expect(Console.monotonicSeconds() - began < 8)
    #expect(tally.losses.flatMap(\.epochs) == [0, 1, 2] && tally.deliveredCount == 0)
  }
}
