import Glibc

/// Zeroed blocks aligned to cache lines, freed together.
final class AlignedMemory {
  private var blocks: [UnsafeMutableRawPointer] = []

  func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
    let size = max(byteCount, 64)
    let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
    memset(block, 0, size)
    blocks.append(block)
    return block
  }

  deinit { blocks.forEach { $0.deallocate() } }
}

/// Memory in pages of 2 MB where the system has them: what a step walks through then lies together in the caches too, which with
/// small pages scattered over the machine's memory it does not.
enum HugePages {
  static let size = 2 << 20

  /// Zeroed memory of whole huge pages, or nil if the system refuses. Released by `munmap`.
  static func map(_ byteCount: Int) -> UnsafeMutableRawBufferPointer? {
    let whole = max((byteCount + size - 1) / size * size, size)
    // Mapped with a page to spare, so that a whole page can begin inside; the rest is given back.
    let mapped = mmap(nil, whole + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapped, mapped != MAP_FAILED else { return nil }
    let before = (size - Int(bitPattern: mapped) % size) % size
    if before > 0 { munmap(mapped, before) }
    munmap(mapped + before + whole, size - before)
    madvise(mapped + before, whole, MADV_HUGEPAGE)  // a refusal costs nothing but speed
    return UnsafeMutableRawBufferPointer(start: mapped + before, count: whole)
  }
}

/// Zeroed blocks aligned to cache lines in huge pages, which never move and are freed together.
final class HugePageMemory {
  private var chunks: [UnsafeMutableRawBufferPointer] = []
  private var used = 0
  private let overflow = AlignedMemory()

  func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
    let bytes = (max(byteCount, 1) + 63) / 64 * 64
    if chunks.last.map({ used + bytes > $0.count }) ?? true {
      guard let chunk = HugePages.map(bytes) else { return overflow.allocate(byteCount: bytes) }
      chunks.append(chunk)
      used = 0
    }
    guard let start = chunks.last?.baseAddress else { return overflow.allocate(byteCount: bytes) }
    defer { used += bytes }
    return start + used
  }

  deinit { chunks.forEach { _ = munmap($0.baseAddress, $0.count) } }
}
