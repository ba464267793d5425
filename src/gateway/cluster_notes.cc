#include "gateway/cluster_notes.h"

#include <optional>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace hearth::gateway {

namespace {

constexpr char kSession[] = "session/";
constexpr char kCatalog[] = "catalog/";

std::optional<BackendSessionName> SessionOf(absl::string_view note) {
  // A session's id has no slash in it, a user's may have.
  if (!absl::ConsumePrefix(&note, kSession)) return std::nullopt;
  const size_t slash = note.find('/');
  if (slash == absl::string_view::npos) return std::nullopt;
  return BackendSessionName{.user_id = std::string(note.substr(slash + 1)),
                            .session_id = std::string(note.substr(0, slash))};
}

}  // namespace

std::string NoteOf(const BackendSessionName& session) {
  return absl::StrCat(kSession, session.session_id, "/", session.user_id);
}

std::string NoteOfCatalog(const std::string& key) { return absl::StrCat(kCatalog, key); }

void ReleaseLeftSessions(const std::shared_ptr<ClusterLink>& link) {
  for (const std::string& note : link->cluster().left_notes()) {
    const auto session = SessionOf(note);
    if (!session) continue;
    link->Call("ReleaseSession", ReleaseSessionRequest(*session),
               [link, note](const grpc::Status& status, const grpc::ByteBuffer&) {
                 if (status.ok()) link->cluster().Forget(note);
               });
  }
}

std::set<std::string> LeftCatalogKeys(const fleet::Cluster& cluster) {
  std::set<std::string> keys;
  for (absl::string_view note : cluster.left_notes()) {
    if (absl::ConsumePrefix(&note, kCatalog)) keys.emplace(note);
  }
  return keys;
}

}  // namespace hearth::gateway
