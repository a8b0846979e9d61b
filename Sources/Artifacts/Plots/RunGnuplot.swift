import Glibc

/// Runs gnuplot on a script and returns what it writes to its output. `path` is the file that failures name.
func runGnuplot(_ script: String, for path: String, program: String = "gnuplot") throws(FileFailure) -> [UInt8] {
  // Files without a name for input, output and complaints: unlike pipes, they cannot fill up and wait.
  let input = try namelessFile(for: path)
  defer { close(input) }
  let output = try namelessFile(for: path)
  defer { close(output) }
  let complaints = try namelessFile(for: path)
  defer { close(complaints) }
  try Array(script.utf8).withRawBytes { raw throws(FileFailure) in
    try FileSystem.real.writeAll(raw, to: input, path: path)
  }
  lseek(input, 0, SEEK_SET)

  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
  posix_spawn_file_actions_adddup2(&actions, complaints, STDERR_FILENO)

  // `-d`: the user's own settings are not read, so that a plot looks the same everywhere.
  var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(program), strdup("-d"), nil]
  defer { for argument in arguments { free(argument) } }
  var pid = pid_t()
  let code = posix_spawnp(&pid, program, &actions, nil, &arguments, environ)
  if code == ENOENT { throw .missing(tool: "gnuplot, which draws plots,", package: "gnuplot-nox") }
  if code != 0 { throw .cannotWrite(path: path, reason: "gnuplot cannot be run: \(systemReason(code))") }
  var status: Int32 = 0
  while waitpid(pid, &status, 0) < 0, errno == EINTR {}

  let drawing = try contents(of: output, for: path)
  guard status == 0, !drawing.isEmpty else {
    let words = String(decoding: try contents(of: complaints, for: path), as: UTF8.self)
    let lines = words.split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " } }
    let reason = lines.last { !$0.isEmpty && !$0.allSatisfy { $0 == "^" } }.map(String.init) ?? "it ended with status \(status)"
    throw .cannotWrite(path: path, reason: "gnuplot failed: \(reason)")
  }
  return drawing
}

private func namelessFile(for path: String) throws(FileFailure) -> Int32 {
  var template = Array("/tmp/plot-XXXXXX".utf8CString)
  let descriptor = mkstemp(&template)
  if descriptor < 0 { throw .cannotWrite(path: path, reason: "no file can be made in `/tmp`: \(systemReason(errno))") }
  unlink(template)
  _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  return descriptor
}

private func contents(of descriptor: Int32, for path: String) throws(FileFailure) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: FileStatus(descriptor: descriptor)?.size ?? 0)
  let count = try bytes.withMutableRawBytes { buffer throws(FileFailure) in
    try readBytes(from: descriptor, at: 0, into: buffer, path: path)
  }
  bytes.removeLast(bytes.count - count)
  return bytes
}
