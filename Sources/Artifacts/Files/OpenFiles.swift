import Glibc

/// Lets this process have as many files open at a time as it may ask for.
///
/// A script keeps the folders of its backups locked until it has ended, one open file a training, and shells allow 1024 where the system
/// allows many times that.
package func allowOpenFiles() {
  let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  var limit = rlimit()
  guard getrlimit(files, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
  limit.rlim_cur = limit.rlim_max
  _ = setrlimit(files, &limit)
}
