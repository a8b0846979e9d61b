import Arrays
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

  deinit { chunks.forEach(HugePages.unmap) }
}
