import Glibc

/// How much stack recursion over a script may use. Only what is touched takes memory.
private let deepStackBytes = 64 << 20

/// Runs a function on a thread with a deep stack and waits for it, so that the nesting that scripts are allowed cannot overflow a
/// small one (a thread of a pool has half a megabyte). Costs about 30 µs.
package func onDeepStack<Result>(_ body: () -> Result) -> Result {
  withoutActuallyEscaping(body) { body in
    let call = DeepCall(body)
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstacksize(&attributes, deepStackBytes)
    var thread = pthread_t()
    let argument = Unmanaged.passRetained(call as DeepRun)
    let failure = pthread_create(
      &thread, &attributes,
      { argument in
        if let argument { Unmanaged<DeepRun>.fromOpaque(argument).takeRetainedValue().run() }
        return nil
      }, argument.toOpaque())
    pthread_attr_destroy(&attributes)
    if failure == 0 {
      pthread_join(thread, nil)
    } else {
      argument.release()
    }
    // Without a thread, this one's stack has to do.
    return call.result ?? body()
  }
}

/// What the thread is handed; the generic part is in the subclass.
private class DeepRun {
  func run() {}
}

private final class DeepCall<Result>: DeepRun {
  private let body: () -> Result
  private(set) var result: Result?

  init(_ body: @escaping () -> Result) { self.body = body }

  override func run() { result = body() }
}
