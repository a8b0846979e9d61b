import Glibc

/// Memory in pages of 2 MB where the system has them: what a step walks through then lies together in the caches too, which with
/// small pages scattered over the machine's memory it does not.
package enum HugePages {
  private static let size = 2 << 20

  /// How many bytes the pages have that hold so many.
  private static func whole(_ byteCount: Int) -> Int { max((byteCount + size - 1) / size * size, size) }

  /// Gives memory back that `map` made for at least as many bytes.
  package static func unmap(_ memory: UnsafeMutableRawBufferPointer) { munmap(memory.baseAddress, whole(memory.count)) }

  /// Zeroed memory of whole huge pages, or nil if the system refuses. Released by `unmap`.
  package static func map(_ byteCount: Int) -> UnsafeMutableRawBufferPointer? {
    let whole = Self.whole(byteCount)
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
