import Arrays

extension Plot {
  /// Okabe and Ito's colours, told apart with every kind of colour vision; their yellow is too light for a line.
  private static let colors = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#4D4D4D"]

  /// Up to so many values each is marked by a dot.
  private static let dottedCount = 30

  /// The script that makes gnuplot write the plot as SVG to its output.
  var gnuplotScript: String {
    let shown = panels.isEmpty ? [Panel(series: [])] : panels
    let columns = min(columns, shown.count)
    let rows = (shown.count + columns - 1) / columns
    let titleHeight = title.isEmpty ? 0 : 40
    var script = """
      set encoding utf8
      set terminal svg size \(columns * panelWidth),\(rows * panelHeight + titleHeight) noenhanced \
      font 'DejaVu Sans,Helvetica,Arial,sans-serif,13' background '#ffffff' linewidth 1.4
      set border 3 linecolor rgb '#666666'
      set tics nomirror out scale 0.6 textcolor rgb '#333333'
      set grid linecolor rgb '#e4e4e4' linetype 1 linewidth 0.7
      set key outside bottom center horizontal Left reverse noautotitle samplen 1.6 textcolor rgb '#333333'
      set xtics format '%.10g'
      set ytics format '%.6g'
      set lmargin 10
      set rmargin 4
      set datafile missing 'nan'

      """
    let heading = title.isEmpty ? "" : " title \(quoted(title)) font ',17'"
    script += "set multiplot layout \(rows),\(columns)\(heading)\n"
    for panel in shown { script += panel.commands(colors: Self.colors, dottedCount: Self.dottedCount) }
    return script + "unset multiplot\n"
  }
}

extension Plot.Panel {
  fileprivate func commands(colors: [String], dottedCount: Int) -> String {
    var data = ""
    var curves: [String] = []
    for (number, series) in series.enumerated() {
      let color = colors[number % colors.count]
      let points = series.points
      let name = series.name.isEmpty ? "notitle" : "title \(quoted(series.name))"
      guard points.contains(where: { $0 != nil }) else {
        // No point to show, but the name belongs into the legend.
        curves.append("NaN with lines linecolor rgb '\(color)' linewidth 2 \(name)")
        continue
      }
      data += "$lines\(number) << END\n"
      for point in points { data += point.map { "\($0.x.pythonDescription) \($0.y.pythonDescription)\n" } ?? "\n" }
      data += "END\n"
      let isDotted = points.count <= dottedCount
      let style = isDotted ? "linespoints pointtype 7 pointsize 0.45" : "lines"
      curves.append("$lines\(number) using 1:2 with \(style) linecolor rgb '\(color)' linewidth 2 \(name)")
      // A value between two gaps makes no line: it would not be seen.
      let lonely = isDotted ? [] : points.indices.filter { isLonely($0, in: points) }.compactMap { points[$0] }
      if !lonely.isEmpty {
        data += "$points\(number) << END\n"
        for point in lonely { data += "\(point.x.pythonDescription) \(point.y.pythonDescription)\n" }
        data += "END\n"
        curves.append("$points\(number) using 1:2 with points pointtype 7 pointsize 0.45 linecolor rgb '\(color)' notitle")
      }
    }
    let points = series.flatMap(\.points).compactMap { $0 }
    let (left, right) = range(of: points.map(\.x), margin: 0)
    let (bottom, top) = range(of: points.map(\.y), margin: 0.05)
    return data + """
      set title \(quoted(title)) font ',15' textcolor rgb '#222222'
      set xlabel \(quoted(xLabel)) textcolor rgb '#333333'
      set ylabel \(quoted(yLabel)) textcolor rgb '#333333'
      set xrange [\(left.pythonDescription):\(right.pythonDescription)]
      set yrange [\(bottom.pythonDescription):\(top.pythonDescription)]
      \(points.isEmpty ? "set label 1 'no values' at graph 0.5,0.5 center textcolor rgb '#888888'" : "unset label 1")
      plot \(curves.isEmpty ? "NaN notitle" : curves.joined(separator: ", \\\n  "))

      """
  }

  private func isLonely(_ index: Int, in points: [(x: Double, y: Double)?]) -> Bool {
    points[index] != nil && (index == 0 || points[index - 1] == nil)
      && (index + 1 == points.count || points[index + 1] == nil)
  }

  /// From the smallest to the largest value, widened by a share of that on both sides; never empty.
  private func range(of values: [Double], margin: Double) -> (Double, Double) {
    guard let least = values.min(), let most = values.max() else { return (0, 1) }
    // Halves, since the difference of two finite numbers may be infinite.
    let half = most / 2 - least / 2
    let room = half > 0 ? 2 * margin * half : max(abs(least) * 0.1, 0.5)
    let widened = (least - room, most + room)
    return widened.0.isFinite && widened.1.isFinite ? widened : (least, most)
  }
}

extension Plot.Series {
  /// The values with their places; nil where there is a gap.
  fileprivate var points: [(x: Double, y: Double)?] {
    // Beyond this gnuplot's own arithmetic on axes overflows.
    let drawable = -1e300...1e300
    return values.enumerated().map { index, value in
      drawable.contains(value) ? (firstX + Double(index), value) : nil
    }
  }
}

/// A gnuplot string in single quotes, in which only the quote itself has a meaning.
private func quoted(_ text: String) -> String {
  let line = text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 == "'" ? "''" : String($0) }.joined()
  return "'\(line)'"
}
