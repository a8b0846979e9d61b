import Plans

/// What this module adds to the catalog: data sources, and functions on arrays of examples.
package let datasetEntries: [Entry] = [Digits.entry, ArrayFiles.npy, ArrayFiles.npz, ToCategorical.entry]
