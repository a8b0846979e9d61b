import Arrays
import Testing

/// Arrays whose memory is mapped in huge pages.
@Suite struct LargeArrayTests {
  @Test("A large array begins as zeros, has its own bytes to the last, and a copy keeps what it had")
  func largeArraysAreValues() {
    let count = (9 << 20) / 4 + 3
    var array = NDArray(.float32, shape: [count])
    #expect(array.withElements(as: Float.self) { $0.allSatisfy { $0 == 0 } })
    array.withMutableElements(as: Float.self) { $0[count - 1] = 7 }
    let copy = array
    array.withMutableElements(as: Float.self) { $0[count - 1] = 8 }
    #expect(copy.withElements(as: Float.self) { $0[count - 1] } == 7)
    #expect(array.withElements(as: Float.self) { $0[count - 1] } == 8)
    #expect(array.storage.bytes.count == count * 4)
  }
}
