import CKernels
import Glibc
import Testing

@Suite struct KernelsLevelTests {
  @Test("The highest level is chosen unless the environment names one")
  func choice() throws {
    let forced = getenv("TRAIN_KERNELS").map { String(cString: $0) }
    let chosen = try #require(train_kernels())
    let expected = forced.flatMap { kernelLevels.contains($0) ? $0 : nil } ?? kernelLevels.last
    #expect(String(cString: chosen.pointee.level) == expected)
    #expect(train_kernels() == chosen)
    #expect(train_kernels_level("v5") == nil && train_kernels_level("") == nil)
  }

  @Test("Every entry of a level's table is filled, those of bfloat16 at level v4 alone", arguments: kernelLevels)
  func completeness(level: String) {
    var table = kernels(level)
    #expect(String(cString: table.level) == level)
    let ofBfloat16 = [table.rows_of_bfloat16 != nil, table.winograd_of_bfloat16 != nil]
    #expect(ofBfloat16 == [level == "v4", level == "v4"])
    let missing = withUnsafeBytes(of: &table) { bytes in bytes.bindMemory(to: UInt.self).count { $0 == 0 } }
    #expect(missing == ofBfloat16.count { !$0 })
  }

  @Test("Small products are ours, large ones are not")
  func products() {
    #expect(train_product_is_small(32, 128, 784) != 0 && train_product_is_small(784, 128, 32) != 0)
    #expect(train_product_is_small(1024, 1024, 1024) == 0 && train_product_is_small(32, 10, 5000) == 0)
  }
}
