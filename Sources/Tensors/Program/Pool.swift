import CKernels

/// The threads that compute. One run at a time; results do not depend on how many there are.
package final class Pool {
  let handle: OpaquePointer

  /// A pool of `threads` threads, the calling one included.
  package init(threads: Int) throws(TensorsError) {
    guard let handle = train_pool_create(Int32(clamping: max(threads, 1))) else { throw .noPool }
    self.handle = handle
  }

  deinit { train_pool_destroy(handle) }

  /// How many threads there are, the caller included.
  package var threads: Int { Int(train_pool_threads(handle)) }

  /// Copies memory, all threads together.
  func make(_ copies: [train_copy]) {
    copies.withUnsafeBytes { copies in
      let count = copies.count / MemoryLayout<train_copy>.stride
      var step = train_step(run: train_make_copies, arguments: copies.baseAddress, pieces: Int32(count), reserved: 0)
      train_pool_run(handle, &step, 1)
    }
  }
}
