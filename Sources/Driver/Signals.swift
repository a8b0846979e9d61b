import Glibc
import Training

/// What Ctrl-C and the polite signals do.
///
/// While a script runs: in a training the first lets it finish its batch, save and end; a second one, or one at any other time, ends
/// the process at once, which is safe, since every file someone may need is whole at any moment. Whoever sends SIGTERM or SIGHUP waits for no
/// batch longer than `patience`: then the process ends as it would by a second one.
///
/// At the prompt Ctrl-C never ends the process, however often it comes: it clears the line, or ends the statement that is being
/// carried out (a training after its batch). The others end the session, a training after its batch, anything else at once.
enum Signals {
  /// Raised by the first signal; the trainer looks at it after every batch, a session between statements and rounds.
  static let interrupt = InterruptFlag()
  /// Raised where the process is to end when the training has.
  static let departure = InterruptFlag()
  /// Seconds that a batch, or the validation of an epoch, may take after a polite signal.
  private static let patience: UInt32 = 10
  /// A pipe, whose second end gets a byte with every Ctrl-C, so that waiting for input ends; -1 where nobody waits.
  private static let wakeEnds: (reading: Int32, writing: Int32) = {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return (-1, -1) }
    for end in ends {
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
    return (ends[0], ends[1])
  }()

  /// Installs the handlers of SIGINT, SIGTERM and SIGHUP for a script.
  static func install() {
    _ = (interrupt, lastWord, farewell)  // made before a handler could be the first to ask for them
    install { signal in
      if Signals.interrupt.isRaised { Signals.endAtOnce() }
      if !Signals.interrupt.isWatched {
        if let farewell = Signals.farewell { _ = write(STDERR_FILENO, farewell, strlen(farewell)) }
        _exit(ExitStatus.interrupted.rawValue)
      }
      Signals.interrupt.raise()
      if signal != SIGINT { alarm(Signals.patience) }
    }
  }

  /// What a signal outside of a training, evaluation or prediction says, ready to be written, since a handler must not allocate: a C string
  /// that is replaced as a whole, by one store, and never freed.
  private nonisolated(unsafe) static var farewell: UnsafeMutablePointer<CChar>? = strdup("\ntrain: interrupted\n")

  /// Says what a signal says from now on: `wayOn` is how the script goes on, behind a semicolon, or empty.
  static func settleFarewell(_ wayOn: String) { farewell = strdup("\ntrain: interrupted\(wayOn)\n") }

  /// Ends the process within a handler, with a word about what was under way.
  private static func endAtOnce() -> Never {
    lastWord.withUTF8Buffer { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    _exit(ExitStatus.interrupted.rawValue)
  }

  /// Static, since a handler must not allocate.
  private static let lastWord: StaticString =
    "\ntrain: ended at once; a file that was being written is as it was before\n"

  /// Installs the handlers for a prompt; gives the descriptor that can be read after a Ctrl-C.
  static func installForPrompt() -> Int32 {
    _ = (interrupt, departure, wakeEnds)
    install { signal in
      if signal != SIGINT {
        if Signals.departure.isRaised || !Signals.interrupt.isWatched { _exit(ExitStatus.interrupted.rawValue) }
        Signals.departure.raise()
        alarm(Signals.patience)
      }
      Signals.interrupt.raise()
      // Whoever is held up here must find the error of its own call.
      let error = errno
      var byte: UInt8 = 0
      _ = write(Signals.wakeEnds.writing, &byte, 1)
      errno = error
    }
    return wakeEnds.reading
  }

  /// Forgets a Ctrl-C, before the next statement.
  static func forgetInterrupt() {
    interrupt.lower()
    var bytes = [UInt8](repeating: 0, count: 64)
    while read(wakeEnds.reading, &bytes, bytes.count) > 0 {}
  }

  private static func install(_ handler: @escaping @convention(c) (Int32) -> Void) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = handler
    // Reads and writes go on as if nothing had happened.
    action.sa_flags = SA_RESTART
    // A parent may have left them blocked; `nohup` leaves SIGHUP ignored, and that is respected.
    var handled = sigset_t()
    sigemptyset(&handled)
    for signal in [SIGINT, SIGTERM, SIGHUP] {
      var inherited = sigaction()
      sigaction(signal, nil, &inherited)
      if signal == SIGHUP, unsafeBitCast(inherited.__sigaction_handler.sa_handler, to: Int.self) == 1 { continue }
      sigaction(signal, &action, nil)
      sigaddset(&handled, signal)
    }
    // The time is up.
    signal(SIGALRM) { _ in Signals.endAtOnce() }
    sigaddset(&handled, SIGALRM)
    pthread_sigmask(SIG_UNBLOCK, &handled, nil)
    // Writing to a pipe nobody reads must not end a training.
    signal(SIGPIPE, SIG_IGN)
    // A limit on the size of files is a write that fails and names its file.
    signal(SIGXFSZ, SIG_IGN)
  }
}
