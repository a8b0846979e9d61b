import Glibc

/// How much stack recursion over a script may use. Only what is touched takes memory.
private let deepStackBytes = 256 << 20

/// Where this thread's deep stack begins; nil on other threads.
private let deepStackStart: pthread_key_t = {
  var key = pthread_key_t()
  pthread_key_create(&key, nil)
  return key
}()

/// Runs a function on a thread with a deep stack and waits for it, so that the nesting that scripts are allowed cannot overflow a
/// small one (a thread of a pool has half a megabyte). Costs about 30 µs, or nothing where enough of a deep stack is left.
package func onDeepStack<Result>(_ body: () -> Result) -> Result {
  if let start = pthread_getspecific(deepStackStart), stackBytes(since: start) < deepStackBytes { return body() }
  return withoutActuallyEscaping(body) { body in
    let call = DeepCall(body)
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    // Twice as much, so that calls within calls on the same stack have all of it too.
    pthread_attr_setstacksize(&attributes, 2 * deepStackBytes)
    var thread = pthread_t()
    let argument = Unmanaged.passRetained(call as DeepRun)
    let failure = pthread_create(
      &thread, &attributes,
      { argument in
        var mark: UInt8 = 0
        withUnsafeMutablePointer(to: &mark) { _ = pthread_setspecific(deepStackStart, $0) }
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

/// How much stack lies between a place further out and here; stacks grow downwards.
private func stackBytes(since start: UnsafeMutableRawPointer) -> Int {
  var mark: UInt8 = 0
  return withUnsafeMutablePointer(to: &mark) { abs(start - UnsafeMutableRawPointer($0)) }
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
