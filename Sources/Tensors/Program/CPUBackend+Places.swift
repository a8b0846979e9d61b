import CKernels

/// Work that moves elements: rows by number, parts of an axis, running sums.
extension CPUBackend {
  // MARK: Rows by number

  func gatherRows(_ work: Work) {
    let shape = graph[work.reads[0]].shape
    let columns = shape.dropFirst().reduce(1, *)
    let count = graph[work.reads[1]].count
    let size = Pieces.size(of: count, nanoseconds: 5 + Double(columns) * 0.1)
    let arguments = train_take_rows(
      output: address(work.writes[0]), table: address(work.reads[0]), indices: integers(work.reads[1]), count: Int64(count),
      rows: Int64(shape[0]), columns: Int64(columns), per_piece: Int64(size))
    steps.add(train_take_rows_run, "gather rows", arguments, pieces: Pieces.number(of: count, by: size), tag: work.tag)
  }

  /// Each piece makes some of the result's rows and so reads all numbers: hence few pieces.
  func scatterRows(_ work: Work) {
    let shape = graph[work.writes[0]].shape
    let columns = shape.dropFirst().reduce(1, *)
    let count = graph[work.reads[1]].count
    let cost = Double(shape[0] * columns) * 0.1 + Double(count) * (2 + Double(columns) * 0.2)
    let pieces = min(max(Int(cost / Pieces.shortest), 1), 16)
    let size = max((shape[0] + pieces - 1) / pieces, 1)
    let arguments = train_scatter_rows(
      output: address(work.writes[0]), values: address(work.reads[0]), indices: integers(work.reads[1]), count: Int64(count),
      rows: Int64(shape[0]), columns: Int64(columns), rows_per_piece: Int64(size))
    steps.add(kernels.scatter_rows, "scatter rows", arguments, pieces: Pieces.number(of: shape[0], by: size), tag: work.tag)
  }

  /// Chains the positions of each row, then updates all rows, those that no position names too.
  func rowsUpdate(_ update: Update, _ work: Work, at position: Int) {
    let rows = graph[update.gradient].shape[0]
    let columns = update.variable.count / rows
    let count = graph[work.reads[1]].count
    let first = UnsafeMutableRawPointer(scratch(position)).bindMemory(to: Int32.self, capacity: rows + count)
    let chains = train_row_chains(
      indices: integers(work.reads[1]), first: first, next: first + rows, count: Int64(count), rows: Int64(rows))
    steps.prepare { _ = steps.add(kernels.chain_rows, "chain rows", chains, pieces: 1, tag: work.tag) }
    let cost = Double(columns) * (0.5 + 0.2 * Double(count) / Double(rows))
    let size = Pieces.size(of: rows, nanoseconds: cost)
    let arguments = train_update_rows(
      update: kernelUpdate(update), chains: chains, values: address(work.reads[0]), columns: Int64(columns),
      rows_per_piece: Int64(size))
    steps.add(kernels.update_rows, "update rows", arguments, pieces: Pieces.number(of: rows, by: size), tag: work.tag)
  }

  func takeAlongLast(_ work: Work) {
    let rows = graph[work.writes[0]].count
    let size = Pieces.size(of: rows, nanoseconds: 3)
    let arguments = train_take_along_rows(
      output: address(work.writes[0]), input: address(work.reads[0]), indices: integers(work.reads[1]), rows: Int64(rows),
      columns: Int64(graph[work.reads[0]].shape.last ?? 1), rows_per_piece: Int64(size))
    steps.add(train_take_along_rows_run, "take along rows", arguments, pieces: Pieces.number(of: rows, by: size), tag: work.tag)
  }

  // MARK: Parts of an axis

  /// Extents before, along and behind an axis.
  private func split(_ node: Node, _ axis: Int) -> (outer: Int, middle: Int, inner: Int) {
    let shape = graph[node].shape
    return (shape[..<axis].reduce(1, *), shape[axis], shape[(axis + 1)...].reduce(1, *))
  }

  func slice(_ work: Work, _ axis: Int, _ start: Int) {
    let (outer, whole, inner) = split(work.reads[0], axis)
    let columns = split(work.writes[0], axis).middle * inner
    copyRows(
      "slice", from: address(work.reads[0]) + start * inner, row: whole * inner, to: address(work.writes[0]), row: columns,
      rows: outer, columns: columns, work.tag)
  }

  func concatenate(_ work: Work, _ axis: Int) {
    let row = graph[work.writes[0]].shape[axis...].reduce(1, *)
    var start = 0
    for node in work.reads {
      let (outer, middle, inner) = split(node, axis)
      copyRows(
        "concatenate", from: address(node), row: middle * inner, to: address(work.writes[0]) + start, row: row, rows: outer,
        columns: middle * inner, work.tag)
      start += middle * inner
    }
  }

  private func copyRows(
    _ name: String, from source: UnsafePointer<Float>, row sourceRow: Int, to target: UnsafeMutablePointer<Float>,
    row targetRow: Int, rows: Int, columns: Int, _ tag: SourceTag
  ) {
    guard columns > 0 else { return }
    if rows == 1 {
      copy(from: source, to: target, count: columns, tag)
      return
    }
    let size = Pieces.size(of: rows, nanoseconds: 3 + Double(columns) * 0.1)
    let arguments = train_copy_rows(
      output: target, input: source, rows: Int64(rows), columns: Int64(columns), output_row: Int64(targetRow),
      input_row: Int64(sourceRow), rows_per_piece: Int64(size))
    steps.add(kernels.copy_rows, name, arguments, pieces: Pieces.number(of: rows, by: size), tag: tag)
  }

  func pad(_ work: Work, _ axis: Int, _ before: Int) {
    let (outer, middle, inner) = split(work.reads[0], axis)
    let row = split(work.writes[0], axis).middle * inner
    let size = Pieces.size(of: outer, nanoseconds: 3 + Double(row) * 0.1)
    let arguments = train_pad_rows(
      output: address(work.writes[0]), input: address(work.reads[0]), rows: Int64(outer), columns: Int64(middle * inner),
      before: Int64(before * inner), output_row: Int64(row), rows_per_piece: Int64(size))
    steps.add(train_pad_rows_run, "pad", arguments, pieces: Pieces.number(of: outer, by: size), tag: work.tag)
  }

  // MARK: Running sums

  func cumulativeSum(_ work: Work, _ sum: CumulativeSum) {
    let (outer, middle, inner) = split(work.reads[0], sum.axis)
    let isByOuter = outer >= inner
    let cost = Double(middle) + 1
    let outerSize = isByOuter ? Pieces.size(of: outer, nanoseconds: cost * Double(inner)) : max(outer, 1)
    let innerSize = isByOuter ? max(inner, 1) : Pieces.size(of: inner, nanoseconds: cost * Double(outer) * 0.1, unit: 64)
    let arguments = train_cumulative_sum(
      output: address(work.writes[0]), input: address(work.reads[0]), outer: Int64(outer), middle: Int64(middle),
      inner: Int64(inner), outer_per_piece: Int64(outerSize), inner_per_piece: Int64(innerSize),
      exclusive: sum.isExclusive ? 1 : 0, reverse: sum.isReverse ? 1 : 0)
    let pieces = Pieces.number(of: outer, by: outerSize) * Pieces.number(of: inner, by: innerSize)
    steps.add(kernels.cumulative_sum, "cumulative sum", arguments, pieces: pieces, tag: work.tag)
  }
}
