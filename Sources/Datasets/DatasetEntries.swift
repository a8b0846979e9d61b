import Plans

/// What this module adds to the catalog: data sources, and functions on arrays of examples.
package let datasetEntries: [Entry] =
  [
    Digits.entry, BundledTable.iris.entry, BundledTable.wine.entry, BundledTable.breastCancer.entry, KerasSets.mnist,
    KerasSets.fashionMNIST, ArrayFiles.npy, ArrayFiles.npz, ArrayFiles.idx, ReadCSV.entry, ImageFolderEntry.entry,
    ToCategorical.entry,
    Normalize.entry,
  ] + MadePoints.entries
