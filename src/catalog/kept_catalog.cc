#include "catalog/kept_catalog.h"

#include <algorithm>
#include <future>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "catalog/manifest.h"
#include "catalog/record.h"

namespace hearth::catalog {

namespace {

using store::Batch;

constexpr char kRoot[] = "catalog/";
constexpr char kMade[] = "catalog/made/";
constexpr char kMoving[] = "catalog/moving/";
constexpr char kAnnounced[] = "catalog/staging/";

std::string Numbered(const char* prefix, uint64_t number) {
  return absl::StrFormat("%s%020u", prefix, number);
}

}  // namespace

absl::StatusOr<std::unique_ptr<KeptCatalog>> KeptCatalog::Open(std::shared_ptr<store::Store> store,
                                                               std::shared_ptr<Storage> storage,
                                                               Options options) {
  std::unique_ptr<KeptCatalog> catalog(
      new KeptCatalog(std::move(store), std::move(storage), std::move(options)));
  if (absl::Status status = catalog->Load(); !status.ok()) return status;
  if (absl::Status status = catalog->Prepare(); !status.ok()) return status;
  catalog->RemoveStaging();
  if (absl::Status status = catalog->RemoveAnnounced(); !status.ok()) return status;
  catalog->worker_ = std::thread([raw = catalog.get()] { raw->Work(); });
  return catalog;
}

KeptCatalog::KeptCatalog(std::shared_ptr<store::Store> store, std::shared_ptr<Storage> storage,
                         Options options)
    : store_(std::move(store)), storage_(std::move(storage)), options_(std::move(options)) {}

KeptCatalog::~KeptCatalog() {
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
  }
  if (worker_.joinable()) worker_.join();
}

// ---- opening ----

absl::Status KeptCatalog::Load() {
  std::vector<std::pair<std::string, Manifest>> moving;
  const absl::Status scanned =
      store_->Scan(kRoot, [&](std::string_view key, const absl::StatusOr<std::string_view>& value) {
        absl::Status status = value.ok() ? LoadEntry(std::string(key), *value, &moving) : value.status();
        // The others are served.
        if (!status.ok()) Log(absl::StrCat("cannot bring back ", std::string(key), ": ", status.message()));
      });
  if (!scanned.ok()) return scanned;
  for (const auto& [key, manifest] : moving) {
    if (absl::Status status = Execute(manifest, *storage_); !status.ok()) {
      Log(absl::StrCat("files of ", key, " are not where they belong: ", status.message()));
    } else if (absl::Status erased = CommitNow(std::move(Batch().Erase(key))); !erased.ok()) {
      return erased;
    }
  }
  return absl::OkStatus();
}

void KeptCatalog::Log(const std::string& line) const {
  if (options_.log) options_.log(line);
}

absl::Status KeptCatalog::LoadEntry(const std::string& key, std::string_view value,
                                    std::vector<std::pair<std::string, Manifest>>* moving) {
  absl::MutexLock lock(&mutex_);
  if (key.starts_with(absl::StrCat(kRoot, "database/"))) {
    absl::StatusOr<Database> database = DecodeDatabase(value);
    if (!database.ok()) return database.status();
    position_ = std::max(position_, database->version);
    databases_[database->name] = std::make_shared<const Database>(*database);
  } else if (key.starts_with(absl::StrCat(kRoot, "table/"))) {
    absl::StatusOr<Table> table = DecodeTable(value);
    if (!table.ok()) return table.status();
    position_ = std::max({position_, table->version, table->data_version});
    tables_[table->name] = std::make_shared<const Table>(*table);
  } else if (key.starts_with(kMoving)) {
    absl::StatusOr<Manifest> manifest = DecodeManifest(value);
    if (!manifest.ok()) return manifest.status();
    moving->emplace_back(key, *std::move(manifest));
  } else if (key.starts_with(kAnnounced)) {
    announced_[key.substr(sizeof(kAnnounced) - 1)] = value;
  } else if (uint64_t number = 0;
             key.starts_with(kMade) && absl::SimpleAtoi(key.substr(sizeof(kMade) - 1), &number)) {
    position_ = std::max(position_, number);
    if (!value.empty()) made_[std::string(value)] = number;
    made_order_[number] = value;
  }
  return absl::OkStatus();
}

/// The default database is always there.
absl::Status KeptCatalog::Prepare() {
  {
    absl::MutexLock lock(&mutex_);
    if (databases_.count(kDefaultDatabase) != 0) return absl::OkStatus();
  }
  Database database;
  database.name = kDefaultDatabase;
  database.comment = "default database";
  database.location = options_.warehouse;
  database.owner = options_.owner;
  Change change;
  change.databases.push_back(std::move(database));
  return Make(std::move(change));
}

/// No writer is alive when a catalog is opened.
void KeptCatalog::RemoveStaging() {
  std::set<std::string> folders;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [name, table] : tables_) {
      // What is staged in somebody else's folder may be somebody else's.
      if (table->kind == TableKind::kManaged) folders.insert(table->location);
    }
    for (const auto& [name, database] : databases_) folders.insert(database->location);
  }
  for (const std::string& folder : folders) {
    const auto names = storage_->ListFolders(folder, kStagingPrefix);
    if (!names.ok()) continue;
    for (const std::string& name : *names) {
      const absl::Status status = storage_->RemoveFolder(absl::StrCat(folder, "/", name));
      if (!status.ok()) Log(std::string(status.message()));
    }
  }
}

absl::Status KeptCatalog::RemoveAnnounced() {
  std::map<std::string, std::string> announced;
  {
    absl::MutexLock lock(&mutex_);
    announced.swap(announced_);
  }
  if (announced.empty()) return absl::OkStatus();
  Batch batch;
  for (const auto& [operation, folder] : announced) {
    const absl::Status status = storage_->RemoveFolder(folder);
    if (!status.ok()) Log(std::string(status.message()));
    batch.Erase(kAnnounced + operation);
  }
  return CommitNow(std::move(batch));
}

// ---- looking ----

absl::StatusOr<std::shared_ptr<const Database>> KeptCatalog::FindDatabase(const std::string& name) {
  absl::MutexLock lock(&mutex_);
  const auto found = databases_.find(name);
  return found == databases_.end() ? nullptr : found->second;
}

absl::StatusOr<std::vector<std::shared_ptr<const Database>>> KeptCatalog::ListDatabases() {
  absl::MutexLock lock(&mutex_);
  std::vector<std::shared_ptr<const Database>> databases;
  for (const auto& [name, database] : databases_) databases.push_back(database);
  return databases;
}

absl::StatusOr<Catalog::FoundTable> KeptCatalog::FindTable(const TableName& name) {
  absl::MutexLock lock(&mutex_);
  const auto found = tables_.find(name);
  return FoundTable{found == tables_.end() ? nullptr : found->second, moving_.count(name) != 0};
}

absl::StatusOr<std::vector<std::shared_ptr<const Table>>> KeptCatalog::ListTables(
    const std::string& database) {
  absl::MutexLock lock(&mutex_);
  std::vector<std::shared_ptr<const Table>> tables;
  for (auto entry = tables_.lower_bound({database, ""});
       entry != tables_.end() && entry->first.database == database; ++entry) {
    tables.push_back(entry->second);
  }
  return tables;
}

absl::StatusOr<bool> KeptCatalog::WasMade(const std::string& operation) {
  absl::MutexLock lock(&mutex_);
  return made_.count(operation) != 0;
}

uint64_t KeptCatalog::position() const {
  absl::MutexLock lock(&mutex_);
  return position_;
}

KeptCatalog::Snapshot KeptCatalog::Look() const {
  absl::MutexLock lock(&mutex_);
  Snapshot snapshot;
  snapshot.position = position_;
  for (const auto& [name, database] : databases_) snapshot.databases.push_back(database);
  for (const auto& [name, table] : tables_) snapshot.tables.push_back(table);
  return snapshot;
}

// ---- changing ----

absl::Status KeptCatalog::DoNow(const std::function<void(Done)>& submit) {
  std::promise<absl::Status> made;
  submit([&made](absl::Status status) { made.set_value(std::move(status)); });
  return made.get_future().get();
}

absl::Status KeptCatalog::Commit(const Change& change) {
  return DoNow([&](Done done) { Submit(change, std::move(done)); });
}

absl::Status KeptCatalog::Announce(const std::string& operation, const std::string& folder) {
  return DoNow([&](Done done) { SubmitAnnouncement(operation, folder, std::move(done)); });
}

void KeptCatalog::Submit(Change change, Done done) {
  AddTask({[this, change = std::move(change)] { return Make(change); }, std::move(done)});
}

void KeptCatalog::SubmitAnnouncement(const std::string& operation, const std::string& folder, Done done) {
  AddTask({[this, operation, folder] { return KeepAnnouncement(operation, folder); }, std::move(done)});
}

void KeptCatalog::AddTask(Task task) {
  absl::MutexLock lock(&mutex_);
  tasks_.push_back(std::move(task));
}

absl::Status KeptCatalog::KeepAnnouncement(const std::string& operation, const std::string& folder) {
  const std::string name = folder.substr(folder.rfind('/') + 1);
  if (operation.empty() || (!folder.empty() && (folder[0] != '/' || !name.starts_with(kStagingPrefix))))
    return absl::InvalidArgumentError(absl::StrCat("no operation stages in ", folder));
  {
    absl::MutexLock lock(&mutex_);
    if (folder.empty() && announced_.count(operation) == 0) return absl::OkStatus();
  }
  Batch batch;
  folder.empty() ? batch.Erase(kAnnounced + operation) : batch.Put(kAnnounced + operation, folder);
  if (absl::Status status = CommitNow(std::move(batch)); !status.ok()) return status;
  absl::MutexLock lock(&mutex_);
  if (folder.empty()) {
    announced_.erase(operation);
  } else {
    announced_[operation] = folder;
  }
  return absl::OkStatus();
}

void KeptCatalog::Work() {
  const auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return ending_ || !tasks_.empty(); };
  while (true) {
    Task task;
    {
      absl::MutexLock lock(&mutex_, absl::Condition(&has_work));
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task.done(task.work());
  }
}

absl::Status KeptCatalog::Make(Change change) {
  if (absl::Status status = CheckText(change); !status.ok()) return status;
  uint64_t number = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (!change.operation.empty() && made_.count(change.operation) != 0) return absl::OkStatus();
    if (absl::Status status = Check(change); !status.ok()) return status;
    number = position_ + 1;
  }
  if (absl::Status status = CheckMissing(change); !status.ok()) return status;
  const bool clears = !change.manifest.cleared.empty();
  if (absl::Status status = Settle(&change.manifest, *storage_); !status.ok()) return status;
  Batch batch;
  {
    absl::MutexLock lock(&mutex_);
    Number(&change, number);
    batch = BatchOf(change, number);
    for (const Table& table : change.tables) moving_.insert(table.name);
    for (const TableName& name : change.written) moving_.insert(name);
  }
  absl::Status status = CommitNow(std::move(batch));
  // A store that fails at the very end may have the batch after a restart.
  if (absl::IsUnavailable(status)) status = absl::UnknownError(status.message());
  if (status.ok()) {
    // It is made from here on: what is left to do is done again if it has to be.
    const absl::Status moved = Execute(change.manifest, *storage_);
    const std::string entry = Numbered(kMoving, number);
    // Somebody else may give a new file the name of one that was cleared away: that is not done again later.
    const bool is_over = moved.ok() && clears && CommitNow(std::move(Batch().Erase(entry))).ok();
    {
      absl::MutexLock lock(&mutex_);
      moved_.clear();
      if (moved.ok() && !is_over && !change.manifest.empty()) moved_.push_back(entry);
    }
    if (!moved.ok())
      status =
          absl::UnknownError(absl::StrCat("the change is made, but its files are not: ", moved.message()));
    Publish(change, number);
  }
  absl::MutexLock lock(&mutex_);
  moving_.clear();
  return status;
}

uint64_t KeptCatalog::VersionOf(const std::string& key) const {
  const std::vector<std::string> parts = absl::StrSplit(key, '/');
  if (parts.size() == 2) {
    const auto found = databases_.find(parts[1]);
    return found == databases_.end() ? 0 : found->second->version;
  }
  const auto found = parts.size() == 3 ? tables_.find({parts[1], parts[2]}) : tables_.end();
  return found == tables_.end() ? 0 : found->second->version;
}

absl::Status KeptCatalog::Check(const Change& change) const {
  for (const auto& [key, version] : change.expected) {
    if (VersionOf(key) != version) return absl::AbortedError(absl::StrCat(key, " has changed"));
  }
  for (const std::string& database : change.expected_empty) {
    const auto first = tables_.lower_bound({database, ""});
    if (first != tables_.end() && first->first.database == database)
      return absl::AbortedError(absl::StrCat(database, " is not empty"));
  }
  for (const TableName& name : change.written) {
    if (tables_.count(name) == 0) return absl::AbortedError(absl::StrCat(KeyOf(name), " is gone"));
  }
  return absl::OkStatus();
}

absl::Status KeptCatalog::CheckMissing(const Change& change) const {
  for (const std::string& path : change.expected_missing) {
    absl::StatusOr<bool> exists = storage_->Exists(path);
    if (!exists.ok()) return exists.status();
    if (*exists) return absl::AbortedError(absl::StrCat("there is something at ", path));
  }
  return absl::OkStatus();
}

/// Gives the objects their versions; `written` tables become such too.
void KeptCatalog::Number(Change* change, uint64_t number) const {
  for (Database& database : change->databases) database.version = number;
  for (Table& table : change->tables) {
    table.version = number;
    if (table.data_version == 0) table.data_version = number;
  }
  for (const TableName& name : change->written) {
    Table table = *tables_.at(name);
    table.data_version = number;
    change->tables.push_back(std::move(table));
  }
}

Batch KeptCatalog::BatchOf(const Change& change, uint64_t number) {
  Batch batch;
  for (const std::string& key : moved_) batch.Erase(key);
  if (announced_.count(change.operation) != 0) batch.Erase(kAnnounced + change.operation);
  for (const std::string& key : change.dropped) batch.Erase(kRoot + key);
  for (const Database& database : change.databases) batch.Put(kRoot + KeyOf(database.name), Encode(database));
  for (const Table& table : change.tables) batch.Put(kRoot + KeyOf(table.name), Encode(table));
  if (!change.manifest.empty()) batch.Put(Numbered(kMoving, number), Encode(change.manifest));
  // Also without an operation: the numbers go on from the last one that was used.
  batch.Put(Numbered(kMade, number), change.operation);
  while (made_order_.size() >= kOperationsMax) {
    const auto oldest = made_order_.begin();
    batch.Erase(Numbered(kMade, oldest->first));
    made_.erase(oldest->second);
    made_order_.erase(oldest);
  }
  return batch;
}

void KeptCatalog::Publish(const Change& change, uint64_t number) {
  absl::MutexLock lock(&mutex_);
  for (const std::string& key : change.dropped) {
    std::erase_if(databases_, [&](const auto& entry) { return KeyOf(entry.first) == key; });
    std::erase_if(tables_, [&](const auto& entry) { return KeyOf(entry.first) == key; });
  }
  for (const Database& database : change.databases) {
    databases_[database.name] = std::make_shared<const Database>(database);
  }
  for (const Table& table : change.tables) tables_[table.name] = std::make_shared<const Table>(table);
  announced_.erase(change.operation);
  if (!change.operation.empty()) made_[change.operation] = number;
  made_order_[number] = change.operation;
  position_ = number;
}

absl::Status KeptCatalog::CommitNow(Batch batch) {
  std::promise<absl::Status> done;
  store_->Commit(std::move(batch), [&done](absl::Status status) { done.set_value(std::move(status)); });
  return done.get_future().get();
}

}  // namespace hearth::catalog
