import Testing

@testable import Plans

/// The map of names is held against Swift's dictionary.
@Suite struct SharedMapTests {
  /// A key with few hashes, so that different keys clash in some of its bits or in all.
  private struct Key: Hashable {
    let number: Int
    var hashValue: Int { number % 7 == 0 ? 0 : number % 50 &* 0x1_0001 }
    func hash(into hasher: inout Hasher) { hasher.combine(hashValue) }
  }

  private func contents<Key, Value>(_ map: SharedMap<Key, Value>) -> [Key: Value] {
    Dictionary(uniqueKeysWithValues: map.entries.map { ($0.key, $0.value) })
  }

  @Test(arguments: 0..<4)
  func holdsWhatADictionaryHolds(seed: Int) {
    var map = SharedMap<Key, Int>()
    var dictionary: [Key: Int] = [:]
    var copies: [(SharedMap<Key, Int>, [Key: Int])] = []
    var random = seed &* 7_919 &+ 1
    for step in 0..<2_000 {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let key = Key(number: (random >> 33) % 300)
      map[key] = step
      dictionary[key] = step
      #expect(map[key] == step)
      if step % 400 == 0 { copies.append((map, dictionary)) }
    }
    #expect(map.count == dictionary.count)
    #expect(contents(map) == dictionary)
    #expect(map[Key(number: 1_000)] == nil)
    // A copy knows nothing of later changes, and the differences are those of the dictionaries.
    for (copy, old) in copies {
      #expect(contents(copy) == old)
      let differences = map.differences(from: copy)
      var found: [Key: Int] = [:]
      for difference in differences {
        if let mine = difference.mine { found[mine.key] = mine.value }
        #expect(difference.others?.value == difference.mine.flatMap { old[$0.key] })
      }
      #expect(found == dictionary.filter { old[$0.key] != $0.value })
    }
  }

  @Test func tellsWhatOnlyTheOtherHas() {
    var map = SharedMap<String, Int>()
    for number in 0..<100 { map["x\(number)"] = number }
    var other = map
    #expect(map.differences(from: other).isEmpty)
    other["y"] = 1
    let differences = map.differences(from: other)
    #expect(differences.count == 1)
    #expect(differences[0].mine == nil && differences[0].others?.key == "y")
  }
}
