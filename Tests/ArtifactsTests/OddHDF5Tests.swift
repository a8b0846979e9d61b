import Artifacts
import Testing

/// HDF5 files that Keras never writes, but that someone may hand us.
@Suite struct OddHDF5Tests {
  private func reason(_ name: String) -> String {
    do {
      _ = try WeightsFile.read(Fixtures.path("odd-\(name).weights.h5"))
      return "read"
    } catch { return error.reason }
  }

  @Test func compressedAndForeignTypesAreRead() throws {
    let weights = try WeightsFile.read(Fixtures.path("odd-packed.weights.h5"))
    // Neither the soft link in a circle nor the link to another file is followed.
    #expect(weights.groups.map(\.path) == ["layers/dense/vars"])
    let variables = try #require(weights["layers/dense/vars"]).variables
    #expect(variables.map(\.type) == [.float64, .bool, .int32, .int64])
    #expect(variables.map(\.shape) == [[20, 30], [2], [3], [2]])
    #expect(variables.map(\.doubles) == [(0..<600).map(Double.init), [1, 0], [0, 1, 2], [1, 0x1p40]])
  }

  @Test(arguments: [
    ("cycle", "its groups are nested without end"),
    ("huge", "`layers/dense/vars/0` in it claims a size that cannot be"),
    ("huge-chunks", "`layers/dense/vars/0` in it claims a size that cannot be"),
    ("outside", "`layers/dense/vars/0` in it cannot be read"),
    ("strings", "`layers/dense/vars/0` in it holds something else than numbers"),
    ("gap", "`layers/dense/vars` in it holds `1` where numbered variables are expected"),
    ("legacy", "it is a whole model in the old format, whose name should end in `.h5`"),
  ])
  func othersAreRefused(name: String, expected: String) {
    #expect(reason(name) == expected)
  }
}
