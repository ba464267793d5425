#include "fleet/launch/spark_engine.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace hearth::fleet {

namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr char kReady[] = "Spark Connect server started at: ";

/// What Spark's own launcher passes on Java 17 and later (org.apache.spark.launcher.JavaModuleOptions),
/// started without that launcher because it is a JVM of its own.
constexpr const char* kModuleOptions[] = {
    "-XX:+IgnoreUnrecognizedVMOptions",
    "--add-modules=jdk.incubator.vector",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "--add-opens=java.base/java.lang.invoke=ALL-UNNAMED",
    "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/java.net=ALL-UNNAMED",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.util=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED",
    "--add-opens=java.base/jdk.internal.ref=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.cs=ALL-UNNAMED",
    "--add-opens=java.base/sun.security.action=ALL-UNNAMED",
    "--add-opens=java.base/sun.util.calendar=ALL-UNNAMED",
    "--add-opens=java.security.jgss/sun.security.krb5=ALL-UNNAMED",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dio.netty.allocator.type=pooled",
    "-Dio.netty.handler.ssl.defaultEndpointVerificationAlgorithm=NONE",
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
};

/// The line that says it is ready goes to standard output, all else to standard error.
constexpr char kLogging[] = R"(status = error
appender.ready.type = Console
appender.ready.name = ready
appender.ready.target = SYSTEM_OUT
appender.ready.layout.type = PatternLayout
appender.ready.layout.pattern = %m%n
appender.log.type = Console
appender.log.name = log
appender.log.target = SYSTEM_ERR
appender.log.layout.type = PatternLayout
appender.log.layout.pattern = %d{ISO8601} %p %c{1}: %m%n%ex
rootLogger.level = warn
rootLogger.appenderRef.log.ref = log
logger.server.name = org.apache.spark.sql.connect.service.SparkConnectServer
logger.server.level = info
logger.server.appenderRef.ready.ref = ready
)";

bool IsProgram(const std::string& path) {
  return std::filesystem::is_regular_file(path) && ::access(path.c_str(), X_OK) == 0;
}

std::string FindJava() {
  if (const char* home = std::getenv("JAVA_HOME"); home != nullptr && *home != '\0') {
    return absl::StrCat(home, "/bin/java");
  }
  const char* path = std::getenv("PATH");
  for (const absl::string_view folder : absl::StrSplit(path == nullptr ? "" : path, ':')) {
    const std::string candidate = absl::StrCat(folder, "/java");
    if (IsProgram(candidate)) return candidate;
  }
  return "";
}

/// PyPI's package lies in PREFIX/lib/pythonX.Y/site-packages/pyspark.
std::string PythonOf(const std::string& home) {
  const std::string candidate = absl::StrCat(home, "/../../../../bin/python3");
  return IsProgram(candidate) ? std::filesystem::path(candidate).lexically_normal().string() : "python3";
}

/// Leaves room for what a JVM has outside of its heap, and for Python workers.
/// As the name of its core library tells: spark-core_2.13-4.2.1.jar.
std::string VersionOf(const std::string& home) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(home + "/jars", error)) {
    const std::string name = entry.path().stem();
    if (name.rfind("spark-core_", 0) == 0) return name.substr(name.find('-', name.find('_')) + 1);
  }
  return "";
}

uint64_t HeapBytes(uint64_t memory_bytes) { return std::max(512 * kMiB, memory_bytes / 5 * 3); }

}  // namespace

SparkEngine::SparkEngine(Options options)
    : options_(std::move(options)),
      java_(options_.java.empty() ? FindJava() : options_.java),
      python_(options_.python.empty() ? PythonOf(options_.home) : options_.python),
      version_(VersionOf(options_.home)) {}

absl::Status SparkEngine::Check() const {
  if (!std::filesystem::is_directory(absl::StrCat(options_.home, "/jars"))) {
    return absl::FailedPreconditionError(
        absl::StrCat("there is no Apache Spark in ", options_.home, ": it has no folder jars"));
  }
  if (!IsProgram(java_)) {
    return absl::FailedPreconditionError(
        java_.empty() ? "Apache Spark needs Java 17 or newer, and there is no java on the PATH"
                      : absl::StrCat("there is no Java at ", java_));
  }
  return absl::OkStatus();
}

absl::StatusOr<Engine::Plan> SparkEngine::PlanFor(const Place& place) const {
  if (absl::Status status = Check(); !status.ok()) return status;
  const std::string logging = absl::StrCat(place.temp_directory, "/log4j2.properties");
  if (!(std::ofstream(logging) << kLogging).flush()) {
    return absl::UnavailableError(absl::StrCat("cannot write ", logging));
  }
  Plan plan;
  plan.token = place.secret;
  plan.log_file = absl::StrCat(options_.log_directory, "/", place.id, ".log");
  plan.environment = {absl::StrCat("SPARK_HOME=", options_.home), absl::StrCat("PYSPARK_PYTHON=", python_),
                      "SPARK_LOCAL_IP=127.0.0.1",
                      absl::StrCat("SPARK_CONNECT_AUTHENTICATE_TOKEN=", plan.token)};
  plan.command = {java_,
                  absl::StrCat("-Xmx", HeapBytes(place.memory_bytes) / kMiB, "m"),
                  absl::StrCat("-XX:ActiveProcessorCount=", place.threads),
                  "-XX:+ExitOnOutOfMemoryError",
                  absl::StrCat("-Djava.io.tmpdir=", place.temp_directory),
                  absl::StrCat("-Dlog4j2.configurationFile=", logging)};
  plan.command.insert(plan.command.end(), std::begin(kModuleOptions), std::end(kModuleOptions));
  std::vector<std::pair<std::string, std::string>> configuration = {
      {"spark.master", absl::StrCat("local[", place.threads, "]")},
      {"spark.app.name", place.id},
      {"spark.local.dir", place.temp_directory},
      {"spark.driver.host", "127.0.0.1"},
      {"spark.driver.bindAddress", "127.0.0.1"},
      {"spark.authenticate", "true"},
      {"spark.ui.enabled", "false"},
      {"spark.connect.grpc.binding.address", "127.0.0.1"},
      {"spark.connect.grpc.binding.port", "0"}};
  configuration.insert(configuration.end(), options_.configuration.begin(), options_.configuration.end());
  for (const auto& [key, value] : configuration) plan.command.push_back(absl::StrCat("-D", key, "=", value));
  plan.command.insert(plan.command.end(), {"-cp", absl::StrCat(options_.home, "/jars/*"),
                                           "org.apache.spark.sql.connect.service.SparkConnectServer"});
  return plan;
}

std::optional<std::string> SparkEngine::ReadyAddress(const std::string& line) const {
  const size_t at = line.find(kReady);
  if (at == std::string::npos) return std::nullopt;
  return line.substr(at + sizeof kReady - 1);
}

}  // namespace hearth::fleet
