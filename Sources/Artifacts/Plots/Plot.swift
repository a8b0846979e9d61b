/// What is drawn: panels of lines. Plain data; whose numbers they are is the caller's business.
package struct Plot: Sendable {
  /// One line of a panel.
  package struct Series: Sendable {
    package var name: String
    /// The values at `firstX`, `firstX + 1`, …; NaN and infinities leave a gap.
    package var values: [Double]
    package var firstX: Double

    package init(_ name: String, _ values: [Double], firstX: Double = 1) {
      self.name = name
      self.values = values
      self.firstX = firstX
    }
  }

  /// One coordinate system.
  package struct Panel: Sendable {
    package var title: String
    package var xLabel: String
    package var yLabel: String
    package var series: [Series]

    package init(title: String = "", xLabel: String = "", yLabel: String = "", series: [Series]) {
      self.title = title
      self.xLabel = xLabel
      self.yLabel = yLabel
      self.series = series
    }
  }

  /// Above all panels; empty for none.
  package var title: String
  package var panels: [Panel]
  /// Panels beside each other.
  package var columns: Int
  /// Of one panel, in pixels.
  package var panelWidth = 640
  package var panelHeight = 400

  package init(title: String = "", panels: [Panel], columns: Int = 1) {
    self.title = title
    self.panels = panels
    self.columns = max(1, columns)
  }

  /// Draws the plot as SVG through gnuplot and writes it durably.
  package func writeSVG(to path: String, through fileSystem: FileSystem = .real) throws(FileFailure) {
    let svg = try runGnuplot(gnuplotScript, for: path)
    try writeDurably(svg, to: path, through: fileSystem)
  }
}
