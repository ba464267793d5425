// A PostgreSQL server of the tests' own, which scripts/deps.sh installs (component postgresql).
#pragma once

#include <fcntl.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "store/postgres_store.h"
#include "store/store_fixture.h"

namespace hearth::store {

/// A server in a folder of its own, on a unix socket there, under a user who is not root, for root is
/// refused. Each test has a store of its own in it, by a schema. It ends with the process that made it. Not
/// thread-safe.
class PostgresServer {
 public:
  /// The one that the tests of a program share, made when it is first asked for.
  static PostgresServer& Shared() {
    static PostgresServer server;
    return server;
  }

  PostgresServer() : data_(folder_.path() + "/data") {
    if (user_ != nullptr) HEARTH_CHECK(::chown(folder_.path().c_str(), user_->pw_uid, user_->pw_gid) == 0);
    const pid_t initdb = Launch(
        {"initdb", "-D", data_, "-U", "hearth", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"});
    int status = 0;
    ::waitpid(initdb, &status, 0);
    HEARTH_CHECK(status == 0) << Log();
    Start();
  }
  ~PostgresServer() {
    Continue();
    ::kill(pid_, SIGQUIT);
    ::waitpid(pid_, nullptr, 0);
  }
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  /// The store in this schema, which is made if it is not there.
  std::string Url(const std::string& schema) {
    Execute("", absl::StrCat("CREATE SCHEMA IF NOT EXISTS ", schema));
    return absl::StrCat("postgresql://hearth@/postgres?host=", folder_.path(), "&options=-csearch_path%3D",
                        schema);
  }
  PostgresOptions Options(const std::string& schema) {
    PostgresOptions options;
    options.target = *ParsePostgresUrl(Url(schema));
    return options;
  }
  /// Statements in a schema, as an operator would give them; the first value of the last one.
  std::string Execute(const std::string& schema, const std::string& sql) {
    const std::string target =
        absl::StrCat("host=", folder_.path(), " user=hearth dbname=postgres",
                     schema.empty() ? "" : absl::StrCat(" options=-csearch_path=", schema));
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(target.c_str()), &PQfinish);
    PQsetNoticeProcessor(connection.get(), [](void*, const char*) {}, nullptr);
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()),
                                                               &PQclear);
    HEARTH_CHECK(PQresultStatus(result.get()) == PGRES_COMMAND_OK ||
                 PQresultStatus(result.get()) == PGRES_TUPLES_OK)
        << PQerrorMessage(connection.get());
    return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
  }

  /// Waits until it can be used.
  void Start() {
    const std::vector<std::string> command = {
        "postgres",           "-D", data_, "-k", folder_.path(), "-c", "listen_addresses=", "-c",
        "shared_buffers=32MB"};
    pid_ = Launch(command);
    const std::string target = absl::StrCat("host=", folder_.path(), " user=hearth dbname=postgres");
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (PQping(target.c_str()) != PQPING_OK) {
      HEARTH_CHECK(std::chrono::steady_clock::now() < deadline) << Log();
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      // It refuses as long as a process of a killed predecessor still has its memory.
      if (::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = Launch(command);
    }
  }
  /// All of its processes, at once.
  void Kill() {
    for (const pid_t process : Stop()) ::kill(process, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  void Restart() {
    Kill();
    Start();
  }
  /// All of its processes stand still. Returns them.
  std::vector<pid_t> Stop() { return SignalAll(SIGSTOP); }
  void Continue() { SignalAll(SIGCONT); }
  /// Breaks all connections.
  void Disconnect() {
    Execute("", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'hearth'");
  }

 private:
  /// Postgres refuses to run as root; the package made this user.
  static const passwd* UserFor() { return ::geteuid() == 0 ? ::getpwnam("postgres") : nullptr; }

  static std::string Programs() {
    std::string newest;
    std::error_code none;
    for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", none))
      newest = std::max(newest, version.path().string());
    HEARTH_CHECK(!newest.empty()) << "these tests need PostgreSQL: scripts/deps.sh postgresql";
    return newest + "/bin/";
  }

  pid_t Launch(std::vector<std::string> command) {
    command[0] = Programs() + command[0];
    const pid_t child = ::fork();
    HEARTH_CHECK(child >= 0);
    if (child > 0) return child;
    if (user_ != nullptr && (::setgid(user_->pw_gid) != 0 || ::setuid(user_->pw_uid) != 0)) ::_exit(126);
    ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
    // Without stdio, whose buffers still hold what the parent has not written yet.
    const int log = ::open((folder_.path() + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (log < 0 || ::chdir("/") != 0 || ::dup2(log, 1) < 0 || ::dup2(log, 2) < 0) ::_exit(126);
    std::vector<char*> arguments;
    for (std::string& argument : command) arguments.push_back(argument.data());
    arguments.push_back(nullptr);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }

  std::vector<pid_t> SignalAll(int signal) {
    std::vector<pid_t> all{pid_};
    ::kill(pid_, signal);
    std::ifstream children(absl::StrCat("/proc/", pid_, "/task/", pid_, "/children"));
    for (pid_t child; children >> child;) {
      ::kill(child, signal);
      all.push_back(child);
    }
    return all;
  }

  std::string Log() {
    std::ifstream file(folder_.path() + "/log");
    return {std::istreambuf_iterator<char>(file), {}};
  }

  const passwd* const user_ = UserFor();
  const TemporaryFolder folder_;
  const std::string data_;
  pid_t pid_ = -1;
};

/// A name for the store of a test that has this folder.
inline std::string SchemaOf(const TemporaryFolder& folder) {
  std::string name = "of_";
  for (const char c : std::filesystem::path(folder.path()).filename().string())
    name += c == '-' ? std::string("_") : absl::StrCat(absl::Hex(c));
  return name;
}

}  // namespace hearth::store
