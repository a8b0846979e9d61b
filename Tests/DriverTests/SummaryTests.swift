import Foundation
import Testing

/// `train summary` of files and scripts.
@Suite struct SummaryTests {
  private static let script = """
    x = np.random.normal(size=(20, 4))
    model net {
        Input((4,))
        Dense(3, name="first")
        Dense(1)
        compile { optimizer = "adam"; loss = "mse" }
    }
    grown = Sequential()
    grown.add(Input((8, 8)))
    grown.add(Flatten())
    grown.add(Dense(10))
    a = Input((3,))
    joined = Model(a, Add()([a, Dense(3)(a)]))
    fit net on (x, x[:, :1]) { verbose = 0 }
    save net to "net.keras"
    """

  @Test func aScriptsModelsAreShownWithoutRunningIt() throws {
    let folder = Program.Folder()
    try folder.write(Self.script, to: "nets.train")
    let ending = try Program.run(["summary", "nets.train"], in: folder)
    #expect(ending.status == 0 && ending.errors.isEmpty, "\(ending.errors)")
    #expect(!folder.has("net.keras"))
    for line in [
      "Model: \"net\"", "│ first (Dense)                   │ (None, 3)              │            15 │", "Model: \"sequential\"",
      " Total params: 650 (2.54 KB)", "Model: \"functional\"", "┃ Connected to      ┃",
    ] { #expect(ending.output.contains(line), "\(line)\n\(ending.output)") }
    #expect(!ending.output.contains("Optimizer params"))
  }

  /// The numbers are those that Keras prints for the same file once it has loaded it.
  @Test func aFilesModelIsShownWithItsOptimizer() throws {
    let folder = Program.Folder()
    try folder.write(Self.script, to: "nets.train")
    #expect(try Program.run(["nets.train", "--quiet"], in: folder).status == 0)
    let ending = try Program.run(["summary", "net.keras", "--line-length", "60", "--show-trainable"], in: folder)
    #expect(ending.status == 0, "\(ending.errors)")
    let lines = ending.output.split(separator: "\n")
    #expect(lines.first == "Model: \"net\"")
    #expect(lines.contains { $0.hasPrefix("┏") && $0.count <= 60 })
    #expect(
      ending.output.contains(" Total params: 59 (236.00 B)\n Trainable params: 19 (76.00 B)\n Non-trainable params: 0 (0.00 B)\n")
    )
    #expect(ending.output.hasSuffix(" Optimizer params: 40 (160.00 B)\n"))
  }

  @Test func whatIsNoModelIsTold() throws {
    let folder = Program.Folder()
    try folder.write(Self.script, to: "nets.train")
    #expect(try Program.run(["nets.train", "--quiet"], in: folder).status == 0)
    let whole = [UInt8](try #require(folder.contents(of: "net.keras")))
    try folder.write(Array(whole.prefix(whole.count / 2)), to: "half.keras")
    try folder.write("no model", to: "text.keras")
    try folder.write("x = 1\n", to: "none.train")
    try folder.write("model net { Dens(3) }\n", to: "wrong.train")
    let cases: [(arguments: [String], status: Int32, told: String)] = [
      (["missing.keras"], 1, "cannot read `missing.keras`: no such file or directory"),
      (["missing.train"], 1, "missing.train"), (["text.keras"], 1, "cannot use `text.keras`: not a zip archive"),
      (["half.keras"], 1, "half.keras"), (["net.weights.h5"], 1, "`net.weights.h5`: it holds weights without a model"),
      (["none.train"], 1, "`none.train` makes no model"), (["wrong.train"], 2, "Dens"),
      (["nets.train", "--line-length", "3"], 64, "is outside 30 to 10000"),
    ]
    for (arguments, status, told) in cases {
      let ending = try Program.run(["summary"] + arguments, in: folder)
      #expect(ending.status == status && ending.errors.contains(told) && ending.output.isEmpty, "\(arguments): \(ending)")
    }
  }
}
