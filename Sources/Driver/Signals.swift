import Glibc
import Training

/// What Ctrl-C and the polite signals do: while a network trains, the first lets it finish its batch, save and end. A second one, or
/// one at any other time, ends the process at once, which is safe, since every file someone may need is whole at any moment.
enum Signals {
  /// Raised by the first signal; the trainer looks at it after every batch.
  static let interrupt = InterruptFlag()

  /// Installs the handlers of SIGINT, SIGTERM and SIGHUP.
  static func install() {
    _ = interrupt  // made before a handler could be the first to ask for it
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in
      if Signals.interrupt.isRaised || !Signals.interrupt.isWatched { _exit(ExitStatus.interrupted.rawValue) }
      Signals.interrupt.raise()
    }
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
    pthread_sigmask(SIG_UNBLOCK, &handled, nil)
    // Writing to a pipe nobody reads must not end a training.
    signal(SIGPIPE, SIG_IGN)
    // A limit on the size of files is a write that fails and names its file.
    signal(SIGXFSZ, SIG_IGN)
  }
}
