// The folder of one running `hearth serve`.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "apps/status_page.h"

namespace hearth::apps {

// For the eyes of its owner only. Held by one process at a time, by a lock that ends with the process.
// Layout:
//   address          where the server listens
//   socket           the same for whoever may read this folder: the path of a unix socket in run/
//   lock             the lock
//   operations.jsonl a line of JSON for each finished operation
//   run/             sockets of clusters and their keepers (a link to elsewhere if the path is too long for a
//                    socket)
//   store.db         what outlives the server, unless that is elsewhere; files of it beside it
//   results.ring     the latest short results, for the server after this one
//   sessions/        large parts of that, a folder each session
//   temp/            what clusters spill, a folder each
//   logs/            of Apache Spark, a file each cluster
//   warehouse/       tables
class DataDirectory {
 public:
  // Makes what is missing. What a killed predecessor left in run/ and temp/ may be of clusters that live.
  // FAILED_PRECONDITION if another process has it.
  static absl::StatusOr<std::unique_ptr<DataDirectory>> Open(const std::string& path);
  // Where it is if the user names none: below the user's state directory, one for each port.
  static std::string DefaultPath(int port);

  ~DataDirectory();

  const std::string& path() const { return path_; }
  std::string socket() const { return run_ + "/server.sock"; }
  std::string catalog_socket() const { return run_ + "/catalog.sock"; }
  std::string run() const { return run_; }
  std::string temp() const { return path_ + "/temp"; }
  std::string store() const { return path_ + "/store.db"; }
  std::string results() const { return path_ + "/results.ring"; }
  std::string sessions() const { return path_ + "/sessions"; }
  std::string logs() const { return path_ + "/logs"; }
  std::string warehouse() const { return path_ + "/warehouse"; }
  std::string operations_log() const { return path_ + "/" + kOperationsLogFile; }

  // Where others find the server: its address, and its socket.
  absl::Status WriteAddress(const std::string& address) const;

 private:
  DataDirectory(std::string path, int lock_fd);

  const std::string path_;
  const int lock_fd_;
  std::string run_;
};

}  // namespace hearth::apps
