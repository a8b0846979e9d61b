// swift-tools-version: 6.1
// The architecture: what each module is, and what it may know about. ARCHITECTURE.md says why.
import PackageDescription

/// Numeric loops are a hundred times slower unoptimised, so the core is optimised in debug builds too.
let optimised: [SwiftSetting] = [.unsafeFlags(["-O"])]
/// Contraction within an expression only (`on`, not `fast`): which multiply-adds fuse is then written in the source, and equal code gives equal bits.
let vectorised: [CSetting] = [.unsafeFlags(["-O3", "-fno-math-errno", "-ffp-contract=on"])]

func module(_ name: String, _ dependencies: [String] = [], _ settings: [SwiftSetting] = []) -> Target {
  .target(name: name, dependencies: dependencies.map { .init(stringLiteral: $0) }, swiftSettings: settings)
}
func tests(_ name: String, _ dependencies: [String], data: [String] = [], _ settings: [SwiftSetting] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: dependencies.map { .init(stringLiteral: $0) },
    exclude: data, swiftSettings: settings)
}

/// The program of `scripts/fuzz`, whose `main` is libFuzzer's, so that it is linked only where libFuzzer is.
let fuzzer: [Target] =
  Context.environment["FUZZ_TARGET"] == nil
  ? []
  : [
    .executableTarget(
      name: "Fuzzer", dependencies: ["Fuzzing"], path: "Tests/Fuzzer", swiftSettings: [.unsafeFlags(["-parse-as-library"])])
  ]

let package = Package(
  name: "train",
  products: [.executable(name: "train", targets: ["train"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
  ],
  targets: [
    // What the script says.
    module("Diagnostics"),
    module("Syntax", ["Diagnostics", "CYAML"]),
    module("Arrays", ["CMalloc"], optimised),
    module("Lambdas", ["Arrays", "Syntax", "Diagnostics"], optimised),
    module("Plans", ["Arrays", "Lambdas", "Syntax", "Diagnostics"]),

    // What the script does.
    module("Tensors", ["Arrays", "CChecksums", "CKernels", "COneDNN"], optimised),
    module("Networks", ["Tensors", "Plans", "Arrays", "Lambdas"]),
    .target(
      name: "Artifacts",
      dependencies: [
        "Arrays", "CChecksums", "CCurl", "CHDF5", "CImages", "CJPEG", "CPNG", "CZip",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      exclude: ["TensorBoard/Protocol/tensorboard.proto"]),
    module("Datasets", ["Artifacts", "Plans", "Arrays", "Lambdas"]),
    module("Training", ["Networks", "Datasets", "Artifacts", "Tensors", "Plans", "Arrays", "Lambdas", "Diagnostics"]),

    // The program.
    module(
      "Driver",
      [
        "Training", "Networks", "Datasets", "Artifacts", "Tensors", "Plans", "Lambdas", "Arrays", "Syntax", "Diagnostics",
        "CReadline",
      ]),
    .executableTarget(
      name: "train",
      dependencies: ["Driver", .product(name: "ArgumentParser", package: "swift-argument-parser")]),

    // C at the edge: kernels and the pool, and a shim a library.
    .target(
      name: "CKernels", dependencies: ["CChecksums"], cSettings: vectorised,
      linkerSettings: [.linkedLibrary("m"), .linkedLibrary("pthread")]),
    .target(name: "CChecksums", cSettings: vectorised),
    .target(name: "COneDNN", cxxSettings: [.unsafeFlags(["-O2"])], linkerSettings: [.linkedLibrary("dnnl")]),
    .target(name: "CHDF5"),
    .target(name: "CImages", cSettings: vectorised),
    .target(name: "CJPEG"),
    .target(name: "CMalloc"),
    .target(name: "CPNG"),
    .target(name: "CReadline"),
    .target(name: "CCurl"),
    .target(name: "CYAML", linkerSettings: [.linkedLibrary("yaml")]),
    .target(name: "CZip", dependencies: ["CChecksums"], linkerSettings: [.linkedLibrary("zip"), .linkedLibrary("z")]),

    tests("Diagnostics", ["Diagnostics"]),
    tests("Syntax", ["Syntax", "Diagnostics", "SplitMix"], data: ["good", "bad", "python"]),
    tests(
      "Lambdas", ["Lambdas", "Arrays", "Syntax", "Diagnostics", "AllocationCount", "LanguageSpeed"], data: ["Fixtures"], optimised
    ),
    // What `scripts/bench language` runs: a program, so that it is measured as users' builds are made.
    .executableTarget(
      name: "LanguageSpeed", dependencies: ["Lambdas", "Syntax", "Diagnostics"], path: "Tests/LanguageSpeed",
      swiftSettings: optimised),
    tests("Plans", ["Plans", "Lambdas", "Syntax", "Diagnostics", "Arrays"], data: ["good", "bad"]),
    tests("Tensors", ["Tensors", "Arrays", "CChecksums", "AllocationCount"]),
    .target(name: "AllocationCount", path: "Tests/AllocationCount"),
    .target(name: "SplitMix", path: "Tests/SplitMix"),
    .target(name: "LoopbackServer", path: "Tests/LoopbackServer"),
    tests("Networks", ["Networks", "Tensors", "Plans", "Arrays", "Lambdas", "Artifacts"], data: ["Fixtures"]),
    tests("Artifacts", ["Artifacts", "Arrays", "CChecksums", "CJPEG", "CZip"], data: ["Fixtures"]),
    tests("Datasets", ["Datasets", "Artifacts", "Plans", "Arrays", "Lambdas", "LoopbackServer"], data: ["Fixtures"]),
    tests(
      "Training",
      [
        "Training", "Networks", "Datasets", "Artifacts", "Tensors", "Plans", "Arrays", "Lambdas", "Syntax", "Diagnostics",
        "AllocationCount", "LoopbackServer",
      ],
      data: ["Fixtures"]),
    tests(
      "Driver", ["Driver", "Training", "Plans", "Lambdas", "Syntax", "Diagnostics", "SplitMix"],
      data: ["scripts", "pipelines", "transcripts", "parity", "explained", "bad", "keras2", "texts"]),
    .target(
      name: "Fuzzing", dependencies: ["Driver", "Artifacts", "Plans", "Lambdas", "Arrays", "Syntax", "Diagnostics"],
      path: "Tests/Fuzzing"),
    tests("Fuzzing", ["Fuzzing"], data: ["corpus"]),
  ] + fuzzer,
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu11,
  cxxLanguageStandard: .cxx17
)
