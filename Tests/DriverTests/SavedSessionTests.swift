import Foundation
import Testing

@testable import Driver

/// What `:save` writes is a script that does what the session did.
@Suite struct SavedSessions {
  /// Types the lines, saves, and gives the script.
  private func script(_ lines: String, in folder: Program.Folder, as name: String = "session.train") throws -> String {
    let typed = lines.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let typing = Typing(typed + [":save \(folder.path)/\(name)"])
    let contents = try #require(folder.contents(of: name), "\(typing.screen)")
    return String(decoding: contents, as: UTF8.self)
  }

  /// What was run from YAML is saved like what was typed, in either form.
  @Test func holdWhatCameFromYAML() throws {
    let folder = Program.Folder()
    try folder.write("steps:\n  - def: double(x) = 2 * x\n  - print: !expr double(4)\n", to: "steps.yaml")
    let lines = ":load \(folder.path)/steps.yaml\ndef double(x) = x + x\ndouble(3)"
    let train = try script(lines, in: folder)
    #expect(train.hasSuffix("def double_1(x) = 2 * x\nprint(double_1(4))\ndef double(x) = x + x\ndouble(3)\n"), "\(train)")
    let yaml = try script(lines, in: folder, as: "session.yaml")
    #expect(yaml.hasSuffix("  - def: double(x) = x + x\n  - double: 3\n"), "\(yaml)")
  }

  @Test func holdWhatWasAcceptedAsItWasMeant() throws {
    let folder = Program.Folder()
    let script = try script(
      """
      # the width of everything
      width = 3   # three
      y = zz
      def double(x) = 2 * x
      print("first", double(width), {"double": 1}, (lambda double: double + 1)(1))
      expect 1 > 2
      def double(x) = x + x
      print("second", double(width))
      settings { threads = 1 }
      [width, double(width)]
      """, in: folder)
    #expect(
      script == """
        settings {
            seed = 7
            threads = 1
        }

        # the width of everything
        width = 3   # three
        def double_1(x) = 2 * x
        print("first", double_1(width), {"double": 1}, (lambda double: double + 1)(1))
        def double(x) = x + x
        print("second", double(width))
        [width, double(width)]

        """, "\(script)")
    let ending = try Program.run(["run", "session.train"], in: folder)
    #expect(ending.status == 0, "\(ending.errors)")
    #expect(ending.output == "first 6 {'double': 1} 2\nsecond 6\n")
  }

  @Test func nameEarlierModelsApart() throws {
    let folder = Program.Folder()
    let network = "Input((2,)); Dense(1); compile { optimizer = \"sgd\"; loss = \"mse\" }"
    let script = try script(
      """
      data = (ones((4, 2)), ones((4,)))
      m_1 = "taken"
      model m { \(network) }
      first = fit m on data { epochs = 1; verbose = 0 }
      model m { \(network) }
      second = fit m on data { epochs = 2; verbose = 0; callbacks { m = 3; on epoch_end(epoch) { print(m) } } }
      print(len(m.layers))
      """, in: folder)
    #expect(script.contains("model m_2 {") && script.contains("fit m_2 on data"), "\(script)")
    #expect(script.contains("model m {") && script.contains("fit m on data"), "\(script)")
    let ending = try Program.run(["run", "session.train"], in: folder)
    #expect(ending.status == 0, "\(ending.errors)")
    #expect(ending.output == "3\n3\n1\n")
  }

  @Test func includeFromWhereTheyStand() throws {
    let folder = Program.Folder()
    try FileManager.default.createDirectory(atPath: folder.path + "/parts", withIntermediateDirectories: true)
    try folder.write("def triple(x) = 3 * x\n", to: "parts/triple.train")
    let script = try script(
      """
      include "\(folder.path)/parts/triple.train"
      include "\(folder.path)/parts/triple.train"
      print(triple(2))
      """, in: folder, as: "parts/session.train")
    #expect(script.components(separatedBy: "include").count == 2, "once: \(script)")
    let ending = try Program.run(["run", "parts/session.train"], in: folder)
    #expect(ending.status == 0 && ending.output == "6\n", "\(ending.errors)")
  }

  @Test func areLoadedAsAWhole() throws {
    let folder = Program.Folder()
    try folder.write("x = 5\ny = zz\n", to: "wrong.train")
    try folder.write("settings { seed = 9 }\nx = 6\nx\n", to: "right.train")
    let wrong = Typing([":load \(folder.path)/wrong.train", "x"])
    #expect(wrong.screen.contains("wrong.train:2:5") && wrong.screen.contains("Nothing is called `x`."), "\(wrong.screen)")
    let right = Typing([":load \(folder.path)/right.train", "x + 1"])
    #expect(right.screen.contains("\n6\n") && right.screen.contains("\n7\n"), "\(right.screen)")
  }

  @Test func keepSettingsThatAreInUse() {
    let typing = Typing(
      [
        "x = 1", "settings { seed = 3 }", "a = np.random.rand()", "settings { seed = 3 }", "settings { seed = 4 }",
        "b = np.random.rand()", "settings { threads = 1 }",
      ], seed: nil)
    #expect(typing.screen.components(separatedBy: "comes too late").count == 2, "\(typing.screen)")
    // The refused ones changed nothing: the numbers are those of seed 3.
    let whole = Typing(["settings { seed = 3 }", "[np.random.rand(), np.random.rand()]"], seed: nil)
    let parts = Typing(
      ["x = 1", "settings { seed = 3 }", "a = np.random.rand()", "settings { seed = 4 }", "[a, np.random.rand()]"], seed: nil)
    func last(_ typing: Typing) -> Substring? { typing.screen.split(separator: "\n").last { $0.hasPrefix("[") } }
    #expect(last(whole) != nil && last(whole) == last(parts))
  }
}
