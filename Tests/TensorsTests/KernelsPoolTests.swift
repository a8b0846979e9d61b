import CKernels
import Glibc
import Testing

/// A step of `width` pieces that each add 1 to their own count and check that the step before is finished everywhere.
private struct Counting {
  var counts: UnsafeMutablePointer<Int32>
  var before: UnsafePointer<Int32>?
  var width: Int32
  var failures: UnsafeMutablePointer<Int32>
}

private let count: train_kernel = { arguments, piece in
  guard let own = arguments?.assumingMemoryBound(to: Counting.self).pointee else { return }
  own.counts[Int(piece)] += 1
  guard let before = own.before else { return }
  for other in 0..<Int(own.width) where before[other] < own.counts[Int(piece)] { own.failures[Int(piece)] += 1 }
}

@Suite struct KernelsPoolTests {
  private func run(_ pool: OpaquePointer, _ steps: [train_step], times: Int = 1) {
    for _ in 0..<times { train_pool_run(pool, steps, Int32(steps.count)) }
  }

  @Test("Every piece runs once, after all of the step before", arguments: [1, 2, 3, 16])
  func order(threads: Int) throws {
    let pool = try #require(train_pool_create(Int32(threads)))
    defer { train_pool_destroy(pool) }
    #expect(train_pool_threads(pool) == Int32(threads))
    let width = 7, length = 20, times = threads > 3 ? 50 : 500
    let counts = Memory<Int32>([Int32](repeating: 0, count: width * length))
    let failures = Memory<Int32>([Int32](repeating: 0, count: width))
    let arguments = (0..<length).map { step in
      Counting(
        counts: counts.pointer + step * width, before: step == 0 ? nil : UnsafePointer(counts.pointer + (step - 1) * width),
        width: Int32(width), failures: failures.pointer)
    }
    arguments.withUnsafeBufferPointer { arguments in
      guard let base = arguments.baseAddress else { return }
      let steps = (0..<length).map { step in
        train_step(run: count, arguments: base + step, pieces: Int32(width), reserved: 0)
      }
      run(pool, steps, times: times)
    }
    #expect(counts.values.allSatisfy { $0 == Int32(times) })
    #expect(failures.values.allSatisfy { $0 == 0 })
  }

  @Test("A hundred thousand tiny steps", arguments: [1, 2, 3])
  func tinySteps(threads: Int) throws {
    let pool = try #require(train_pool_create(Int32(threads)))
    defer { train_pool_destroy(pool) }
    let counts = Memory<Int32>([0, 0, 0, 0]), failures = Memory<Int32>([0, 0, 0, 0])
    let counting = Counting(counts: counts.pointer, before: nil, width: 4, failures: failures.pointer)
    withUnsafePointer(to: counting) { arguments in
      let steps = (0..<100).map { train_step(run: count, arguments: arguments, pieces: Int32($0 % 5), reserved: 0) }
      run(pool, steps, times: 1000)
    }
    #expect(counts.values == [80_000, 60_000, 40_000, 20_000])
  }

  @Test("Any number of threads, sleeping in between or not, gives the same bits")
  func sameBits() throws {
    var numbers = TestNumbers(21)
    let a = Memory(numbers.array(64 * 200)), b = Memory(numbers.array(200 * 96)), c = Memory(count: 64 * 96)
    let sums = Memory(count: 96)
    var product = train_product()
    product.c = c.pointer
    (product.a, product.b) = (UnsafePointer(a.pointer), UnsafePointer(b.pointer))
    (product.m, product.n, product.k) = (64, 96, 200)
    (product.a_row, product.a_inner, product.b_inner, product.b_column, product.c_row) = (200, 1, 96, 1, 96)
    (product.rows_per_piece, product.columns_per_piece) = (16, 32)
    let reduction = train_reduction(
      output: sums.pointer, input: c.pointer, outer: 1, middle: 64, inner: 96, outer_per_piece: 1, inner_per_piece: 32,
      accumulate: 0)
    guard let table = train_kernels() else { preconditionFailure("There is always a level.") }
    let results = try [1, 2, 3, 8].flatMap { threads in
      let pool = try #require(train_pool_create(Int32(threads)))
      defer { train_pool_destroy(pool) }
      return withUnsafePointer(to: product) { product in
        withUnsafePointer(to: reduction) { reduction in
          let steps = [
            train_step(run: table.pointee.product, arguments: product, pieces: 12, reserved: 0),
            train_step(run: train_reduction_kernel(table, TRAIN_SUM), arguments: reduction, pieces: 3, reserved: 0),
          ]
          return (0..<20).map { turn in
            if turn % 5 == 0 { usleep(300) }
            run(pool, steps)
            return sums.values.map { $0.bitPattern }
          }
        }
      }
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }

  @Test("More pieces than a cursor counts, and denormal numbers as zero on every thread")
  func manyPieces() throws {
    let pool = try #require(train_pool_create(2))
    defer { train_pool_destroy(pool) }
    let pieces = 1_200_000
    let output = Memory(count: pieces), input = Memory([Float](repeating: Float.leastNormalMagnitude / 8, count: pieces))
    let arguments = train_unary(output: output.pointer, input: input.pointer, count: Int64(pieces), per_piece: 1, a: 4, b: 1)
    guard let table = train_kernels() else { preconditionFailure("There is always a level.") }
    withUnsafePointer(to: arguments) { arguments in
      run(
        pool,
        [train_step(run: train_unary_kernel(table, TRAIN_AFFINE), arguments: arguments, pieces: Int32(pieces), reserved: 0)])
    }
    #expect(output.values.allSatisfy { $0 == 1 })
    let tiny = Float.leastNormalMagnitude
    #expect(tiny / 2 > 0)
  }

  @Test("Pools come and go")
  func lifetimes() throws {
    for threads in 0..<12 {
      let pool = try #require(train_pool_create(Int32(threads)))
      run(pool, [])
      train_pool_destroy(pool)
    }
    train_pool_destroy(nil)
  }
}
