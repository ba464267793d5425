#include "gateway/catalog_mirror.h"

#include <spark/connect/base.pb.h>

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/cluster_notes.h"
#include "gateway/command_call.h"
#include "gateway/table_statement.h"
#include "wire/uuid.h"

namespace hearth::gateway {

namespace {

/// Of an error's text, in the log.
constexpr size_t kReasonMax = 300;

/// The version of what a gateway before may have made, in whatever way. None has it.
constexpr uint64_t kUnknown = 0;

grpc::Slice PlanOf(const std::string& sql) {
  ::spark::connect::Plan plan;
  plan.mutable_command()->mutable_sql_command()->mutable_input()->mutable_sql()->set_query(sql);
  return grpc::Slice(plan.SerializeAsString());
}

}  // namespace

/// One way from what a cluster has to a snapshot.
struct CatalogMirror::Run {
  std::shared_ptr<Mirror> mirror;
  uint64_t position = 0;
  std::vector<Statement> statements;
  size_t next = 0;
  /// Views that could not be made, and whether any was made since the first of them.
  std::vector<Statement> again;
  bool made_any = false;
  /// What else could not be done.
  std::vector<Statement> missing;
  /// Keys of what is dropped.
  std::vector<std::string> dropped;
};

CatalogMirror::CatalogMirror(std::shared_ptr<const catalog::KeptCatalog> catalog, std::string folder,
                             std::function<void(const std::string&)> log)
    : catalog_(std::move(catalog)), folder_(std::move(folder)), log_(std::move(log)) {}

void CatalogMirror::Update(const std::shared_ptr<ClusterLink>& link, Done done) {
  std::shared_ptr<Mirror> mirror;
  {
    absl::MutexLock lock(&mutex_);
    std::shared_ptr<Mirror>& place = mirrors_[&link->cluster()];
    if (place == nullptr) {
      place = std::make_shared<Mirror>();
      place->session = {"hearth", wire::NewUuid()};
      link->cluster().Remember(NoteOf(place->session));
      for (const std::string& key : LeftCatalogKeys(link->cluster())) place->versions[key] = kUnknown;
    }
    mirror = place;
    mirror->link = link;
    const bool is_there = !mirror->busy && mirror->position == catalog_->position();
    if (!is_there) mirror->waiting.push_back(std::exchange(done, nullptr));
    if (!is_there && std::exchange(mirror->busy, true)) return;
  }
  done ? done(std::nullopt) : Begin(mirror);
}

void CatalogMirror::Forget(const fleet::Cluster& cluster) {
  absl::MutexLock lock(&mutex_);
  mirrors_.erase(&cluster);
}

void CatalogMirror::Begin(const std::shared_ptr<Mirror>& mirror) {
  const catalog::KeptCatalog::Snapshot now = catalog_->Look();
  auto run = std::make_shared<Run>();
  run->mirror = mirror;
  run->position = now.position;
  const std::map<std::string, uint64_t> before = mirror->versions;
  run->statements = StatementsFor(*mirror, now);
  for (const auto& [key, version] : mirror->versions) {
    if (before.count(key) == 0) mirror->link->cluster().Remember(NoteOfCatalog(key));
  }
  for (const auto& [key, version] : before) {
    if (mirror->versions.count(key) == 0) run->dropped.push_back(key);
  }
  Next(run);
}

/// What is otherwise ends first, then databases come, tables, and views.
std::vector<CatalogMirror::Statement> CatalogMirror::StatementsFor(
    Mirror& mirror, const catalog::KeptCatalog::Snapshot& now) const {
  std::map<std::string, uint64_t> versions;
  for (const auto& database : now.databases) versions[catalog::KeyOf(database->name)] = database->version;
  for (const auto& table : now.tables) versions[catalog::KeyOf(table->name)] = table->version;
  const auto is_new = [&mirror](const std::string& key, uint64_t version) {
    const auto found = mirror.versions.find(key);
    return found == mirror.versions.end() || found->second != version;
  };
  std::vector<Statement> statements;
  for (const auto& [key, version] : mirror.versions) {
    const auto found = versions.find(key);
    if (found == versions.end() || (found->second != version && !key.starts_with("database/")))
      statements.push_back({{DropStatement(key)}, ""});
  }
  for (const auto& database : now.databases) {
    const std::string key = catalog::KeyOf(database->name);
    const auto found = mirror.versions.find(key);
    const bool is_there = found != mirror.versions.end() && found->second != kUnknown;
    if (is_there || database->name == catalog::kDefaultDatabase) continue;
    const std::string place =
        absl::StrCat(folder_, "/", mirror.link->cluster().id(), "/catalog/", database->name);
    statements.push_back({{DatabaseStatement(*database, place)}, ""});
  }
  std::vector<Statement> views;
  for (const auto& table : now.tables) {
    const std::string key = catalog::KeyOf(table->name);
    if (!is_new(key, table->version)) continue;
    if (table->is_view()) {
      views.push_back({ViewStatements(*table), key});
    } else {
      statements.push_back({{TableStatement(*table)}, ""});
    }
  }
  statements.insert(statements.end(), views.begin(), views.end());
  mirror.versions = std::move(versions);
  return statements;
}

void CatalogMirror::Next(const std::shared_ptr<Run>& run) {
  if (run->next == run->statements.size()) {
    if (run->again.empty() || !run->made_any) {
      LogMissing(*run);
      return End(run, std::nullopt);
    }
    run->statements = std::exchange(run->again, {});
    run->next = 0;
    run->made_any = false;
  }
  Say(run, 0);
}

/// The next piece of the statement; after the last one the next statement.
void CatalogMirror::Say(const std::shared_ptr<Run>& run, size_t piece) {
  const Statement& statement = run->statements[run->next];
  RunForEffect(run->mirror->link, run->mirror->session, PlanOf(statement.sql[piece]),
               [this, self = shared_from_this(), run, piece](const grpc::Status& status) {
                 const bool is_lost = !status.ok() && wire::IsConnectionLost(wire::FailureOf(status));
                 if (is_lost) return End(run, wire::FailureOf(status));
                 const Statement& said = run->statements[run->next];
                 if (status.ok() && piece + 1 < said.sql.size()) return Say(run, piece + 1);
                 Note(*run, said, status);
                 ++run->next;
                 Next(run);
               });
}

void CatalogMirror::Note(Run& run, const Statement& said, const grpc::Status& status) {
  if (status.ok()) {
    run.made_any |= !said.view.empty();
    return;
  }
  Statement missing = said;
  missing.why_not = status.error_message();
  (said.view.empty() ? run.missing : run.again).push_back(std::move(missing));
}

void CatalogMirror::LogMissing(const Run& run) const {
  for (const auto* list : {&run.missing, &run.again}) {
    for (const Statement& statement : *list) {
      log_(absl::StrCat(run.mirror->link->cluster().id(), " does not take ", statement.sql.back(), ": ",
                        statement.why_not.substr(0, kReasonMax)));
    }
  }
}

void CatalogMirror::End(const std::shared_ptr<Run>& run, const std::optional<wire::Failure>& failure) {
  if (!failure) {
    for (const std::string& key : run->dropped) run->mirror->link->cluster().Forget(NoteOfCatalog(key));
  }
  std::vector<Done> waiting;
  bool go_on = false;
  {
    absl::MutexLock lock(&mutex_);
    Mirror& mirror = *run->mirror;
    if (!failure) mirror.position = run->position;
    // What was changed meanwhile is told to those who came meanwhile.
    go_on = !failure && mirror.position != catalog_->position();
    mirror.busy = go_on;
    if (!go_on) waiting = std::exchange(mirror.waiting, {});
  }
  if (go_on) return Begin(run->mirror);
  for (const Done& done : waiting) done(failure);
}

}  // namespace hearth::gateway
