#include "apps/known_operations.h"

#include <fstream>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "apps/operation_account.h"
#include "apps/status_page.h"

namespace hearth::apps {
namespace {

using Json = nlohmann::ordered_json;

// Ids that a message lists, and more than one of which need not be looked for.
constexpr size_t kListedMax = 5;

std::string IdOf(const Json& record) { return AccountOf(record).operation; }

absl::Status Several(const std::map<std::string, Json>& found, const std::string& wanted) {
  std::string ids;
  size_t listed = 0;
  for (const auto& [id, record] : found) {
    if (++listed > kListedMax) break;
    absl::StrAppend(&ids, listed == 1 ? "" : ", ", id);
  }
  if (found.size() > kListedMax) ids += " and others";
  return absl::InvalidArgumentError(
      absl::StrCat("several operations begin with ", wanted, ": ", ids, ". Give more of the id"));
}

// What the log has of it. Of many ids that begin so, enough to say that there are several.
absl::Status AddLogged(const std::string& data, const std::string& wanted, std::vector<Json>* records) {
  std::string part =
      absl::StrCat("\"operation\":", Json(wanted).dump(-1, ' ', false, Json::error_handler_t::replace));
  part.pop_back();  // The id may go on.
  std::vector<Json> logged;
  size_t others = 0;
  const auto status = ReadOperationsLog(data, part, [&](Json record) {
    if (wanted.empty()) logged.clear();  // The latest is enough.
    if (!logged.empty() && IdOf(logged.back()) != IdOf(record)) ++others;
    logged.push_back(std::move(record));
    return others <= kListedMax;
  });
  // What is in memory is later than what is in the log, or the same.
  records->insert(records->begin(), logged.begin(), logged.end());
  return status;
}

}  // namespace

absl::StatusOr<Json> AskStatus(const ServerChoice& choice) {
  const auto answer = AskServer(choice, kStatusMethod);
  if (!answer.ok()) return answer.status();
  Json status = Json::parse(*answer);
  if (!status.contains("operations"))
    return absl::UnavailableError("the server is about to start; ask again");
  return status;
}

absl::Status ReadOperationsLog(const std::string& data, const std::string& part,
                               const std::function<bool(Json record)>& take) {
  std::ifstream log(data + "/" + kOperationsLogFile);
  if (!log) return absl::NotFoundError(absl::StrCat("there is no log of operations in ", data));
  for (std::string line; std::getline(log, line);) {
    if (!absl::StrContains(line, part)) continue;
    Json record = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (record.is_object() && !take(std::move(record))) break;
  }
  return absl::OkStatus();
}

absl::StatusOr<Json> ChooseOperation(const std::vector<Json>& records, const std::string& wanted) {
  if (wanted.empty()) {
    for (auto record = records.rbegin(); record != records.rend(); ++record) {
      if (!AccountOf(*record).running()) return *record;
    }
    return absl::NotFoundError("no operation is over yet");
  }
  std::map<std::string, Json> found;
  for (const Json& record : records) {
    if (absl::StartsWith(IdOf(record), wanted)) found[IdOf(record)] = record;
  }
  if (const auto same = found.find(wanted); same != found.end()) return same->second;
  if (found.size() > 1) return Several(found, wanted);
  if (found.empty()) {
    return absl::NotFoundError(absl::StrCat("no operation is known whose id is, or begins with, ", wanted,
                                            "; `hearth ops` lists them"));
  }
  return found.begin()->second;
}

absl::StatusOr<Json> FindOperation(const ServerChoice& choice, const std::string& wanted) {
  const auto status = AskStatus(choice);
  if (!status.ok() && choice.data.empty()) return status.status();
  std::vector<Json> records;
  if (status.ok()) records = (*status)["operations"].get<std::vector<Json>>();
  if (choice.data.empty()) {
    auto chosen = ChooseOperation(records, wanted);
    if (chosen.ok() || !absl::IsNotFound(chosen.status())) return chosen;
    return absl::NotFoundError(absl::StrCat(chosen.status().message(),
                                            ". The server itself remembers the latest alone; with --data, "
                                            "its folder, its whole log is looked at"));
  }
  const auto chosen = ChooseOperation(records, wanted);
  const bool is_certain = chosen.ok() && (wanted.empty() || IdOf(*chosen) == wanted);
  if (!is_certain) {
    const absl::Status read = AddLogged(choice.data, wanted, &records);
    if (!read.ok() && !status.ok()) return read;
  }
  return ChooseOperation(records, wanted);
}

}  // namespace hearth::apps
