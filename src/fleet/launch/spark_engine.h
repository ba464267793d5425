#pragma once

#include <string>
#include <utility>
#include <vector>

#include "fleet/launch/engine.h"

namespace hearth::fleet {

/// An installation of Apache Spark 4 whose Connect server runs as a cluster: driver and executor threads in
/// one JVM, on a loopback port of the system's choice, behind a token that only this process knows.
class SparkEngine final : public Engine {
 public:
  struct Options {
    /// Spark's home: the folder that has jars/ in it, such as the `pyspark` folder of a PyPI installation.
    std::string home;
    /// The java program, 17 or newer; "": $JAVA_HOME/bin/java, or else the first one of the PATH.
    std::string java;
    /// The python that Python functions run in; "": the one next to a PyPI installation, or else python3.
    std::string python;
    /// A file for each cluster's log.
    std::string log_directory;
    /// spark.* of every cluster.
    std::vector<std::pair<std::string, std::string>> configuration;
  };

  explicit SparkEngine(Options options);

  const std::string& name() const override { return name_; }
  std::string version() const override { return version_; }
  /// The whole of it is the process's: heap, what the JVM has beside it, and the Python workers.
  uint64_t ProcessBytes(uint64_t memory_bytes) const override { return memory_bytes; }
  absl::StatusOr<Plan> PlanFor(const Place& place) const override;
  std::optional<std::string> ReadyAddress(const std::string& line) const override;

  /// FAILED_PRECONDITION, in words for whoever installed it, if Spark or Java is not there.
  absl::Status Check() const;

 private:
  const std::string name_ = kSparkEngine;
  const Options options_;
  const std::string java_;
  const std::string python_;
  const std::string version_;
};

}  // namespace hearth::fleet
