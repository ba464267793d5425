// What the tests of this folder share.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "base/check.h"
#include "store/sqlite_store.h"
#include "store/store.h"

namespace hearth::store {

/// A folder of the test's own, gone after it.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_((std::filesystem::temp_directory_path() / "hearth-store-XXXXXX").string()) {
    HEARTH_CHECK(::mkdtemp(path_.data()) != nullptr) << path_;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }
  std::string store() const { return path_ + "/store.db"; }

 private:
  std::string path_;
};

/// Commits and waits for it.
inline absl::Status CommitNow(Store& store, Batch batch) {
  std::promise<absl::Status> done;
  store.Commit(std::move(batch), [&done](absl::Status status) { done.set_value(std::move(status)); });
  return done.get_future().get();
}

/// All intact entries with a prefix; the scan and its entries must be whole.
inline std::map<std::string, std::string> Entries(Store& store, std::string_view prefix = "") {
  std::map<std::string, std::string> entries;
  const absl::Status status =
      store.Scan(prefix, [&entries](std::string_view key, const absl::StatusOr<std::string_view>& value) {
        HEARTH_CHECK(value.ok()) << value.status().ToString();
        entries.emplace(key, *value);
      });
  HEARTH_CHECK(status.ok()) << status.ToString();
  return entries;
}

inline SqliteOptions OptionsFor(const std::string& path) {
  SqliteOptions options;
  options.path = path;
  return options;
}

/// A store that must open.
inline std::unique_ptr<Store> OpenNow(const SqliteOptions& options) {
  absl::StatusOr<std::unique_ptr<Store>> store = OpenSqliteStore(options);
  HEARTH_CHECK(store.ok()) << store.status().ToString();
  return *std::move(store);
}

}  // namespace hearth::store
