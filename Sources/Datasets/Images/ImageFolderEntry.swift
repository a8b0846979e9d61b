import Arrays
import Artifacts
import Lambdas
import Plans

/// `image_dataset_from_directory(…)`: batches of images with the classes that their folders are, as Keras's function of that name gives.
///
/// Files are listed and split as Keras lists and splits them, also shuffled with a seed. The order in which a training goes through them
/// is our own: all of them are shuffled anew in each pass, and not within a buffer.
enum ImageFolderEntry {
  private static let batchSize = FolderParameters.batchSize("images")
  private static let shuffle = FolderParameters.shuffle("images")
  private static let color = Parameter<String>(
    "color_mode", "how many channels images get: 1, 3 or 4", .choice(ColorMode.allCases.map(\.rawValue)), default: "rgb")
  private static let imageSize = Parameter<[Int]>(
    "image_size", "(height, width) that images are resized to, or one number for both",
    .either([.list(.integer(min: 1, max: sizeLimit), min: 2, max: 2), .integer(min: 1, max: sizeLimit)]),
    default: .tuple([.integer(256), .integer(256)])
  ) { value in
    switch value {
    case .list(let items), .tuple(let items): items.compactMap(\.asInteger)
    default: value.asInteger.map { [$0, $0] }
    }
  }
  private static let interpolation = Parameter<String>(
    "interpolation", "how images are resized", .choice(Interpolation.allCases.map(\.rawValue)), default: "bilinear")
  private static let crop = Parameter<Bool>(
    "crop_to_aspect_ratio", "whether to cut off what is too wide or too high, and keep the proportions", default: false)
  private static let pad = Parameter<Bool>(
    "pad_to_aspect_ratio", "whether to fill up with black what is too narrow or too low, and keep the proportions", default: false
  )

  private static let sizeLimit = 1 << 14

  private static let kind = FolderCall.Kind(
    name: "image_dataset_from_directory", things: "images",
    // As Keras lists them.
    endings: [".bmp", ".gif", ".jpeg", ".jpg", ".png"], defects: { defects(ofImages: $0) },
    checkBeginning: { path throws(DataFailure) in
      do throws(FileFailure) { _ = try readImageHeader(path) } catch { throw .picture(error) }
    },
    source: { listing, arguments, labels, remarks in
      ImageFolder(
        listing, of: arguments[FolderParameters.folder], as: form(arguments), labels: labels,
        leavesOut: arguments[FolderParameters.onError] == "skip", remarks: remarks)
    },
    spec: { count, arguments, labels, classCount in
      ImageFolder.spec(count: count, form(arguments), labels: labels, classCount: classCount)
    })

  private static func form(_ arguments: Arguments) -> ImageFolder.Form {
    let size = arguments[imageSize]
    return ImageFolder.Form(
      height: size[0], width: size[1], color: ColorMode(rawValue: arguments[color]) ?? .rgb,
      interpolation: Interpolation(rawValue: arguments[interpolation]) ?? .bilinear,
      aspectRatio: arguments[crop] ? .cropped : arguments[pad] ? .padded : .distorted)
  }

  static let entry = FolderCall.entry(
    kind,
    Signature(
      kind.name, "Batches of the images in a folder, with a class a subfolder.",
      [
        FolderParameters.folder.description, FolderParameters.labels.description, FolderParameters.labelMode.description,
        FolderParameters.classNames.description, color.description, batchSize.description, imageSize.description,
        shuffle.description, FolderParameters.seed.description, FolderParameters.validationSplit.description,
        FolderParameters.subset.description, interpolation.description, FolderParameters.followsLinks.description,
        crop.description, pad.description, FolderParameters.verbose.description, FolderParameters.onError.description,
      ],
      example: "data = image_dataset_from_directory(\"photos\", image_size=(64, 64), batch_size=16)"),
    conflict: { arguments in
      arguments[crop] && arguments[pad] ? "either crops images to their aspect ratio or pads them, not both" : nil
    })
}
