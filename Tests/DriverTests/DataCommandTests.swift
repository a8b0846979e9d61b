import Foundation
import Testing

/// `train data`: what a script trains on.
@Suite struct DataCommandTests {
  private static let script = """
    settings { seed = 2 }
    digits = load_digits()
    model net {
        Input((8, 8))
        Rescaling(1/16)
        Flatten()
        Dense(10, activation="softmax")
        compile { optimizer = "adam"; loss = "sparse_categorical_crossentropy"; metrics = ["accuracy"] }
    }
    history = fit net on digits.train { validation_data = digits.test }
    print("printed")
    for i in range(2) { plot(lines({"a": [1.0, 2.0]}), path=f"curves{i}.svg") }
    save net to "net.keras"
    scores = evaluate net on digits.test
    print(scores.accuracy)
    table = np.linspace(0, 1, 12).reshape(6, 2)
    table[:, 1] = 3
    table[0, 0] = np.nan
    model line { Input((2,)); Dense(1); compile { optimizer = "sgd"; loss = "mse" } }
    fit line on (table, np.zeros(6))
    """

  @Test("it shows what each run is fed, and trains nothing")
  func shown() throws {
    let folder = Program.Folder()
    try folder.write(Self.script, to: "a.train")
    let ending = try Program.run(["data", "a.train"], in: folder)
    #expect(ending.status == 0, "\(ending.errors)")
    for line in [
      "line 10: fit net\n  to train on: load_digits().train: 1437 examples of 8×8 float32 -> a single number int64\n",
      "    x  float32 from 0 to 16, mean 4.895, deviation 6.021\n",
      "    y  int64, 10 classes: 0 142, 1 146, 2 142, 3 146, 4 145, 5 145, 6 145, 7 143, 8 139, 9 144\n",
      "  to validate with: load_digits().test: 360 examples", "line 14: evaluate net\n  to evaluate on: load_digits().test",
      "line 20: fit line\n", "    x  float64 from 0.1818 to 3, mean 1.884", ", NaN once; column 1 has one value alone\n",
      "the first pictures: a.data.png\n",
    ] {
      #expect(ending.output.contains(line), "\(ending.output)")
    }
    #expect(!ending.output.contains("printed") && !ending.output.contains("Epoch"))
    #expect(ending.errors.contains("line 14: it needs a trained model"), "\(ending.errors)")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().filter { !$0.hasPrefix(".") }
    #expect(files == ["a.data.png", "a.train"], "\(files)")
  }

  @Test("what is wrong with the data is told at its place")
  func failing() throws {
    let folder = Program.Folder()
    try folder.write("x = load_npy(\"missing.npy\")\n" + Self.script, to: "a.train")
    let missing = try Program.run(["data", "a.train"], in: folder)
    #expect(missing.status == 2 && missing.errors.contains("missing.npy"), "\(missing.errors)")
    try folder.write("print(1)\n", to: "b.train")
    let nothing = try Program.run(["data", "b.train"], in: folder)
    #expect(nothing.status == 1 && nothing.errors.contains("reaches no `fit`"), "\(nothing.errors)")
    try folder.write(Self.script, to: "c.train")
    let unwritable = try Program.run(["data", "c.train", "--sheet", "no/such/folder/sheet.png"], in: folder)
    #expect(unwritable.status == 1 && unwritable.errors.contains("no/such/folder"), "\(unwritable.errors)")
  }
}
