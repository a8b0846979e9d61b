/// Where random numbers come from: a name hashed to 64 bits. No generator state is carried; a number is a function of
/// the stream and a position in it.
///
/// The key is the 64-bit FNV-1a hash of the parts, each ended by a zero byte, mixed by the finisher of SplitMix64 (Steele,
/// Lea and Flood 2014), so that names differing in one letter share nothing.
package struct RandomStream: Hashable, Sendable {
  package let key: UInt64

  package init(key: UInt64) { self.key = key }

  /// The stream of one place that draws: `site` says which of a layer's draws (`kernel`, `mask`), `fit` counts the runs of training.
  package init(seed: UInt64, model: String, layer: String, site: String, fit: Int = 0) {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func take(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    for shift in stride(from: 0, to: 64, by: 8) { take(UInt8(truncatingIfNeeded: seed >> UInt64(shift))) }
    for part in [model, layer, site, String(fit)] {
      part.utf8.forEach(take)
      take(0)
    }
    hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
    hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
    key = hash ^ (hash >> 31)
  }
}
