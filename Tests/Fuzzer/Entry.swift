import Fuzzing
import Glibc

/// What this process gives its inputs to: the target that FUZZ_TARGET names.
private let target = getenv("FUZZ_TARGET").flatMap { FuzzTarget(rawValue: String(cString: $0)) } ?? .parser

/// Whether what does not end the process is passed over.
private let seeksOnlyCrashes = getenv("FUZZ_ONLY_CRASHES") != nil

/// The function that libFuzzer calls with every input (LLVM, libFuzzer: fuzz target).
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let complaint = target.complaint(about: Array(UnsafeBufferPointer(start: start, count: count)))
  if let complaint, !seeksOnlyCrashes { fatalError("\(target.rawValue): \(complaint)") }
  return 0
}
