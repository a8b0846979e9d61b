import Glibc

/// The processors of this machine.
package enum Processors {
  /// Those that run now: as many threads as can work at once.
  package static var count: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
