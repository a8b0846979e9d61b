import Plans

/// What this module adds to the catalog: data sources, and functions on arrays of examples.
package let datasetEntries: [Entry] =
  [
    Digits.entry, BundledTable.iris.entry, BundledTable.wine.entry, BundledTable.breastCancer.entry, Reviews.entry,
    ArrayFiles.npy,
    ArrayFiles.npz, ArrayFiles.safetensors, ArrayFiles.idx, ReadCSV.entry, ImageFolderEntry.entry, TextFolderEntry.entry,
    ArrayWriting.npy,
    ArrayWriting.csv,
    ToCategorical.entry, PadSequences.entry,
    Normalize.entry,
  ] + KerasSets.entries + MadePoints.entries + pipelineEntries

/// The methods of data sets.
private let pipelineEntries: [Entry] = [
  SliceMethods.take, SliceMethods.skip, SliceMethods.split, BatchMethods.batch, BatchMethods.unbatch, PassMethods.repeat,
  PassMethods.prefetch, ZipMethods.zip, FunctionMethods.map, FunctionMethods.filter,
  ZipMethods.zipFunction, SliceSources.tensors, SliceSources.range, TimeSeries.entry, OrderMethods.shuffle, CacheMethods.cache,
]
