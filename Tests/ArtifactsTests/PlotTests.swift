@testable import Artifacts
import Glibc
import Testing

private let hasGnuplot = access("/usr/bin/gnuplot", X_OK) == 0

@Suite(.enabled(if: hasGnuplot)) struct PlotTests {
  let scratch = Scratch()

  private func svg(_ plot: Plot) throws -> String {
    try plot.writeSVG(to: scratch.path("p.svg"))
    return try #require(text(at: scratch.path("p.svg")))
  }

  @Test func drawsAHistory() throws {
    let plot = Plot(
      title: "classifier",
      panels: [
        .init(
          title: "loss", xLabel: "epoch",
          series: [.init("loss", (1...40).map { 2 / Double($0) }), .init("val_loss", (1...40).map { 2.2 / Double($0) + 0.1 })]),
        .init(title: "accuracy", xLabel: "epoch", series: [.init("accuracy", [0.1, 0.5, 0.8, 0.9, 0.93])]),
      ], columns: 2)
    let svg = try svg(plot)
    #expect(svg.prefix(5) == "<?xml")
    #expect(svg.suffix(8).contains("</svg>"))
    #expect(svg.contains("width=\"1280\" height=\"440\""))
    for word in ["classifier", "val_loss", "accuracy", "epoch"] { #expect(svg.contains(word), "\(word)") }
    #expect(svg.contains("0, 114, 178") && svg.contains("213,  94,   0"))
    // Equal data make equal pictures.
    let again = try self.svg(plot)
    #expect((again == svg) as Bool)
  }

  /// Whatever numbers come, there is a picture.
  @Test(
    arguments: [
      [], [1], [.nan], [.infinity, -.infinity], [1, .nan, 3], [.nan, 2, .nan], [5, 5, 5], [1e300, -1e300], [1e308, 1],
      [Double.leastNonzeroMagnitude, 0],
      [-0.0], [1e15, 1e15 + 1], Array(repeating: 0.5, count: 20_000),
      (0..<100).map { $0 % 2 == 0 ? Double($0) : .nan },
    ] as [[Double]])
  func drawsAnyNumbers(values: [Double]) throws {
    let svg = try svg(Plot(panels: [.init(title: "t", series: [.init("a", values), .init("b", [])])]))
    #expect(svg.suffix(8).contains("</svg>"))
    if !values.contains(where: { abs($0) <= 1e300 }) { #expect(svg.contains("no values")) }
  }

  @Test func drawsNothing() throws {
    #expect(try svg(Plot(panels: [])).contains("no values"))
    #expect(try svg(Plot(title: "t", panels: [.init(series: [])])).contains("no values"))
  }

  /// Names are shown as they are written, and run nothing.
  @Test(arguments: [
    "val_loss^2", "it's", "\"q\"", "a<b>&c", "`touch x`", "$x {/Bold b}", "größe 損失", "two\nlines", "\\n", "@h", "%s",
  ])
  func namesAreOnlyText(name: String) throws {
    let svg = try svg(Plot(title: name, panels: [.init(title: name, xLabel: name, yLabel: name, series: [.init(name, [1, 2])])]))
    #expect(svg.suffix(8).contains("</svg>"))
    if name == "a<b>&c" { #expect(svg.contains("a&lt;b>&amp;c")) }
    if name == "it's" { #expect(svg.contains("it's") || svg.contains("it&apos;s")) }
    #expect(scratch.names == ["p.svg"])
  }

  @Test func failuresLeaveTheOldPicture() throws {
    put("old", at: scratch.path("p.svg"))
    let trouble = Trouble(.error(ENOSPC), atCall: 1)
    #expect(throws: FileFailure.cannotWrite(path: scratch.path("p.svg"), reason: "no space left on device")) {
      try Plot(panels: []).writeSVG(to: scratch.path("p.svg"), through: trouble.fileSystem)
    }
    #expect(text(at: scratch.path("p.svg")) == "old")
  }

  @Test func aMissingGnuplotIsNamed() {
    #expect(throws: FileFailure.missing(tool: "gnuplot, which draws plots,", package: "gnuplot-nox")) {
      _ = try runGnuplot("", for: "p.svg", program: "no-such-gnuplot")
    }
  }

  @Test func gnuplotsOwnWordsAreShown() {
    #expect(throws: FileFailure.self) { _ = try runGnuplot("plot no_such_function(x)", for: "p.svg") }
    do {
      _ = try runGnuplot("set terminal svg\nplot no_such_function(x)\n", for: "p.svg")
    } catch {
      #expect(String(describing: error).hasPrefix("cannot write `p.svg`: gnuplot failed: "))
      #expect(error.reason.contains("undefined function: no_such_function"))
    }
  }
}
