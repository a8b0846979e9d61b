import Arrays
import CKernels
import Glibc

/// What the machine can do at most with the threads of a pool, measured.
package struct MachineLimits: Sendable {
  /// Multiplications and additions of float32 a second, by our widest vectors.
  package let operationsPerSecond: Double
  /// Bytes read and written a second in memory beyond the caches; nil where there is no room to measure it.
  package let bytesPerSecond: Double?

  /// Measures for about a fifth of a second: the best of a few short rounds, since other work may share the machine.
  package init(of pool: Pool) {
    operationsPerSecond = MachineLimits.operations(pool)
    bytesPerSecond = MachineLimits.bytes(pool)
  }

  /// The shortest time that a cost can take, in nanoseconds.
  package func nanoseconds(of cost: Cost) -> Double {
    max(cost.operations / operationsPerSecond, cost.bytes / (bytesPerSecond ?? .infinity)) * 1e9
  }

  private static func operations(_ pool: Pool) -> Double {
    let kernels = train_kernels()!.pointee
    let pieces = 8 * pool.threads
    let rounds = 40_000
    let memory = AlignedMemory()
    let sink = memory.allocate(byteCount: pieces * 64).bindMemory(to: Float.self, capacity: pieces * 16)
    let work = Double(pieces * rounds) * Double(kernels.operations_of_round)
    return work / shortest(of: 8, kernels.multiply_adds, train_multiply_adds(sink: sink, rounds: Int64(rounds)), pieces, pool)
  }

  private static func bytes(_ pool: Pool) -> Double? {
    let count = 64 << 20  // 256 MB to read and as many to write
    let available = sysconf(Int32(_SC_AVPHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    guard available > count * 16, let from = HugePages.map(count * 4), let to = HugePages.map(count * 4) else { return nil }
    defer {
      HugePages.unmap(from)
      HugePages.unmap(to)
    }
    guard let input = from.baseAddress, let output = to.baseAddress else { return nil }
    memset(input, 0, count * 4)
    let pieces = 64
    let arguments = train_stream(
      output: output.assumingMemoryBound(to: Float.self), input: input.assumingMemoryBound(to: Float.self), count: Int64(count),
      per_piece: Int64(count / pieces))
    return Double(count * 8) / shortest(of: 3, train_kernels()!.pointee.stream, arguments, pieces, pool)
  }

  /// Seconds of the quickest of some runs.
  private static func shortest<Arguments>(
    of runs: Int, _ kernel: train_kernel?, _ arguments: Arguments, _ pieces: Int, _ pool: Pool
  ) -> Double {
    withUnsafeBytes(of: arguments) { arguments in
      var step = train_step(run: kernel, arguments: arguments.baseAddress, pieces: Int32(pieces), reserved: 0)
      return (0..<runs).map { _ in
        let began = monotonicNanoseconds()
        train_pool_run(pool.handle, &step, 1)
        return Double(monotonicNanoseconds() - began) / 1e9
      }.min() ?? .infinity
    }
  }
}

/// Nanoseconds of a clock that only goes forward.
package func monotonicNanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
