#include "apps/status_command.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "apps/known_operations.h"
#include "apps/server_call.h"
#include "apps/status_page.h"
#include "apps/text_table.h"

namespace hearth::apps {
namespace {

using Json = nlohmann::ordered_json;

struct StatusOptions {
  ServerChoice server;
  bool json = false;
  // Of sessions and ops.
  std::string user;
  // Of ops.
  bool running = false;
  bool slow = false;
  size_t most = 50;
  // Of cancel.
  std::vector<std::string> operations;
};

std::string Text(const Json& row, const char* key) {
  const auto found = row.find(key);
  if (found == row.end()) return "";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

// Of `key`, or from `since` to `key`.
std::string Milliseconds(const Json& row, const char* key, const char* since = nullptr) {
  const auto found = row.find(key);
  if (found == row.end() || (since && !row.contains(since))) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", found->get<double>() - (since ? row[since].get<double>() : 0.0));
  return text;
}

std::string Seconds(const Json& row, const char* key) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", row[key].get<double>() / 1000);
  return text;
}

std::string EnginesText(const Json& engines) {
  TextTable table({"engine", ">clusters max", ">memory MiB", ">threads"});
  for (const Json& row : engines) {
    table.Add({Text(row, "engine"), Text(row, "clusters_max"),
               absl::StrCat(row["memory_bytes"].get<long long>() >> 20), Text(row, "threads")});
  }
  return table.ToString();
}

std::string ClustersText(const Json& clusters) {
  TextTable table({"id", "engine", "state", ">pid", ">running", ">age s", "cause of death"});
  for (const Json& row : clusters) {
    const bool is_adopted = row.value("adopted", false);
    table.Add({Text(row, "id"), Text(row, "engine"), Text(row, "state") + (is_adopted ? ", adopted" : ""),
               Text(row, "pid"), Text(row, "running"), Seconds(row, "age_ms"), Text(row, "cause_of_death")});
  }
  return table.ToString();
}

std::string SessionsText(const Json& sessions) {
  TextTable table({"session", "user", ">operations", ">age s", ">idle s", ">changes", "clusters"});
  for (const Json& row : sessions) {
    std::string clusters;
    for (const Json& id : row["clusters"]) clusters += (clusters.empty() ? "" : " ") + id.get<std::string>();
    table.Add({Text(row, "session"), Text(row, "user"), Text(row, "operations"), Seconds(row, "age_ms"),
               Seconds(row, "idle_ms"), Text(row, "changes"), clusters});
  }
  return table.ToString();
}

std::string OperationsText(const Json& operations) {
  TextTable table({"started", "operation", "user", "cluster", "outcome", ">waited ms", ">ran ms", ">rows",
                   ">bytes", "error", "text"});
  for (const Json& row : operations) {
    const auto started = absl::FromUnixMillis(row["started_at_ms"].get<int64_t>());
    const std::string text = Text(row, "text");
    table.Add({absl::FormatTime("%m-%d %H:%M:%S", started, absl::LocalTimeZone()), Text(row, "operation"),
               Text(row, "user"), Text(row, "cluster"), Text(row, "outcome"), Milliseconds(row, "sent_ms"),
               Milliseconds(row, "total_ms", "sent_ms"), Text(row, "rows"), Text(row, "bytes"),
               Text(row, "error"), text.empty() ? Text(row, "kind") : text});
  }
  return table.ToString();
}

std::string StatusText(const Json& status) {
  std::string losses;
  for (const Json& loss : status.value("losses", Json::array()))
    absl::StrAppend(&losses, losses.empty() ? "LOST\n" : "", loss.get<std::string>(), "\n");
  if (!losses.empty()) losses += "\n";
  return absl::StrCat(losses, "ENGINES  (held to their size by ", Text(status, "limits_by"), ")\n",
                      EnginesText(status["engines"]), "\nCLUSTERS\n", ClustersText(status["clusters"]),
                      "\nSESSIONS\n", SessionsText(status["sessions"]), "\nOPERATIONS\n",
                      OperationsText(status["operations"]));
}

// Those of the user, if one was asked for.
Json OfUser(const Json& rows, const StatusOptions& options) {
  Json chosen = Json::array();
  for (const Json& row : rows) {
    if (options.user.empty() || Text(row, "user") == options.user) chosen.push_back(row);
  }
  return chosen;
}

// Oldest first, or, of the slow ones, the slowest first; those of them that were asked for.
Json ChosenOperations(const Json& rows, const StatusOptions& options) {
  std::vector<Json> chosen;
  for (const Json& row : OfUser(rows, options)) {
    if (!options.running || Text(row, "outcome") == "running") chosen.push_back(row);
  }
  if (options.slow) {
    std::stable_sort(chosen.begin(), chosen.end(), [](const Json& a, const Json& b) {
      return a.value("total_ms", 0.0) > b.value("total_ms", 0.0);
    });
  }
  if (chosen.size() > options.most) {
    options.slow
        ? chosen.resize(options.most)
        : static_cast<void>(chosen.erase(chosen.begin(), chosen.end() - static_cast<long>(options.most)));
  }
  return Json(chosen);
}

int Fail(const char* command, const absl::Status& status) {
  std::fprintf(stderr, "hearth %s: %s\n", command, std::string(status.message()).c_str());
  return 1;
}

using Part = std::function<Json(const Json& status)>;
using ToText = std::string (*)(const Json& part);
int Show(const char* command, const StatusOptions& options, const Part& part, ToText to_text) {
  const auto status = AskStatus(options.server);
  if (!status.ok()) return Fail(command, status.status());
  const Json shown = part(*status);
  std::printf("%s", options.json ? (shown.dump() + "\n").c_str() : to_text(shown).c_str());
  return 0;
}

int Cancel(const StatusOptions& options) {
  int status = 0;
  for (const std::string& operation : options.operations) {
    const auto answer = AskServer(options.server, kCancelMethod, operation);
    if (!answer.ok()) return Fail("cancel", answer.status());
    if (*answer == "cancelled") continue;
    std::fprintf(stderr, "hearth cancel: no operation %s runs\n", operation.c_str());
    status = 1;
  }
  return status;
}

CLI::App* AddShow(CLI::App& app, const char* name, const char* what,
                  const std::shared_ptr<StatusOptions>& options) {
  CLI::App* command = app.add_subcommand(name, what);
  AddServerChoice(command, &options->server);
  command->add_flag("--json", options->json, "As JSON");
  return command;
}

}  // namespace

void AddStatusCommands(CLI::App& app, int* status) {
  const auto options = std::make_shared<StatusOptions>();
  AddShow(app, "status", "Clusters, sessions and operations of a running server", options)
      ->callback([options, status] {
        *status = Show("status", *options, [](const Json& all) { return all; }, &StatusText);
      });

  CLI::App* sessions = AddShow(app, "sessions", "Its sessions", options);
  sessions->add_option("--user", options->user, "Of this user alone");
  sessions->callback([options, status] {
    const auto part = [&](const Json& all) { return OfUser(all["sessions"], *options); };
    *status = Show("sessions", *options, part, &SessionsText);
  });

  CLI::App* ops = AddShow(app, "ops", "Its operations: those that run and the latest that are over", options);
  ops->add_option("--user", options->user, "Of this user alone");
  ops->add_flag("--running", options->running, "Only those that run");
  ops->add_flag("--slow", options->slow, "The slowest first");
  ops->add_option("--most", options->most, "So many of them")->capture_default_str();
  ops->callback([options, status] {
    const auto part = [&](const Json& all) { return ChosenOperations(all["operations"], *options); };
    *status = Show("ops", *options, part, &OperationsText);
  });

  CLI::App* cancel = app.add_subcommand("cancel", "End operations; their clients get OPERATION_CANCELED");
  AddServerChoice(cancel, &options->server);
  cancel->add_option("operation", options->operations, "Ids (hearth ops)")->required();
  cancel->callback([options, status] { *status = Cancel(*options); });
}

}  // namespace hearth::apps
