#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "catalog/catalog.h"
#include "catalog/storage.h"
#include "store/store.h"

namespace hearth::catalog {

/// The catalog itself, kept in a store; all of it is in memory too. Changes are made one after the other, by
/// a thread of its own:
///
///   catalog/database/NAME       the database    see record.h
///   catalog/table/DATABASE/NAME the table
///   catalog/made/CHANGE         the operation that made the change; CHANGE in 20 digits. The last
///                               kOperationsMax are kept
///   catalog/staging/OPERATION   the folder that it has announced, until its change
///   catalog/moving/CHANGE       its manifest, until the next change, which finds it done (one that clears
///                               folders of others: until it is done): a change is durable first, and files
///                               move then. A catalog that is opened does the last one again
class KeptCatalog final : public Catalog {
 public:
  struct Options {
    /// An absolute path.
    std::string warehouse;
    std::string owner;
    /// What goes wrong when nobody waits for it, a line each.
    std::function<void(const std::string& line)> log;
  };
  static constexpr size_t kOperationsMax = 10'000;

  /// Finishes what was interrupted and removes what dead writers staged in managed tables or have announced.
  /// What cannot be read is logged and left out; nothing of it is changed.
  static absl::StatusOr<std::unique_ptr<KeptCatalog>> Open(std::shared_ptr<store::Store> store,
                                                           std::shared_ptr<Storage> storage, Options options);
  /// Makes what was handed over.
  ~KeptCatalog() override;

  absl::StatusOr<std::shared_ptr<const Database>> FindDatabase(const std::string& name) override;
  absl::StatusOr<std::vector<std::shared_ptr<const Database>>> ListDatabases() override;
  absl::StatusOr<FoundTable> FindTable(const TableName& name) override;
  absl::StatusOr<std::vector<std::shared_ptr<const Table>>> ListTables(const std::string& database) override;
  absl::StatusOr<bool> WasMade(const std::string& operation) override;
  absl::Status Announce(const std::string& operation, const std::string& folder) override;
  absl::Status Commit(const Change& change) override;
  const std::string& warehouse() const override { return options_.warehouse; }

  using Done = std::function<void(absl::Status)>;
  /// Commit and Announce without waiting: `done` is called once, on the catalog's thread.
  void Submit(Change change, Done done);
  void SubmitAnnouncement(const std::string& operation, const std::string& folder, Done done);

  /// Of the latest change.
  uint64_t position() const;
  /// All there is at one moment.
  struct Snapshot {
    uint64_t position = 0;
    std::vector<std::shared_ptr<const Database>> databases;
    std::vector<std::shared_ptr<const Table>> tables;
  };
  Snapshot Look() const;

 private:
  struct Task {
    std::function<absl::Status()> work;
    Done done;
  };

  KeptCatalog(std::shared_ptr<store::Store> store, std::shared_ptr<Storage> storage, Options options);
  absl::Status Load();
  void Log(const std::string& line) const;
  absl::Status LoadEntry(const std::string& key, std::string_view value,
                         std::vector<std::pair<std::string, Manifest>>* moving);
  absl::Status Prepare();
  void RemoveStaging();
  absl::Status RemoveAnnounced();
  void AddTask(Task task);
  absl::Status DoNow(const std::function<void(Done)>& submit);
  absl::Status KeepAnnouncement(const std::string& operation, const std::string& folder);
  void Work();
  absl::Status Make(Change change);
  absl::Status Check(const Change& change) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckMissing(const Change& change) const;
  uint64_t VersionOf(const std::string& key) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Number(Change* change, uint64_t number) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  store::Batch BatchOf(const Change& change, uint64_t number) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Publish(const Change& change, uint64_t number);
  absl::Status CommitNow(store::Batch batch);

  const std::shared_ptr<store::Store> store_;
  const std::shared_ptr<Storage> storage_;
  const Options options_;

  mutable absl::Mutex mutex_;
  std::map<std::string, std::shared_ptr<const Database>> databases_ ABSL_GUARDED_BY(mutex_);
  std::map<TableName, std::shared_ptr<const Table>> tables_ ABSL_GUARDED_BY(mutex_);
  /// Tables of the change that is being made.
  std::set<TableName> moving_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, uint64_t> made_ ABSL_GUARDED_BY(mutex_);
  std::map<uint64_t, std::string> made_order_ ABSL_GUARDED_BY(mutex_);
  uint64_t position_ ABSL_GUARDED_BY(mutex_) = 0;
  /// Entries of manifests that are done. They end with the next change and not after it: done again behind
  /// it, they might remove what it made.
  std::vector<std::string> moved_ ABSL_GUARDED_BY(mutex_);
  /// Folders by the operations that announced them.
  std::map<std::string, std::string> announced_ ABSL_GUARDED_BY(mutex_);
  std::deque<Task> tasks_ ABSL_GUARDED_BY(mutex_);
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread worker_;
};

}  // namespace hearth::catalog
