// The one exception of spark/ and engine/: an error as Apache Spark reports it.
//
// A condition ("DIVIDE_BY_ZERO", "INVALID_HANDLE.SESSION_CHANGED") carries its SQLSTATE and message
// template in Spark's own table, which the build generates from the package spark-common-utils; code
// names only conditions and parameters. Parameters are given as Spark gives them: identifiers in
// back-ticks, types in double quotes, values as SQL (see Quote* below). Immutable, safe to copy.
#pragma once

#include <exception>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spark/origin.h"

namespace hearth::spark {

// The Java exception that Spark throws for the error; clients choose their own exception by it.
enum class ExceptionKind {
  kAnalysis,                // org.apache.spark.sql.AnalysisException
  kExtendedAnalysis,        // org.apache.spark.sql.catalyst.ExtendedAnalysisException
  kParse,                   // org.apache.spark.sql.catalyst.parser.ParseException
  kSpark,                   // org.apache.spark.SparkException
  kRuntime,                 // org.apache.spark.SparkRuntimeException
  kArithmetic,              // org.apache.spark.SparkArithmeticException
  kArrayIndex,              // org.apache.spark.SparkArrayIndexOutOfBoundsException
  kDateTime,                // org.apache.spark.SparkDateTimeException
  kNumberFormat,            // org.apache.spark.SparkNumberFormatException
  kIllegalArgument,         // org.apache.spark.SparkIllegalArgumentException
  kUnsupportedOperation,    // org.apache.spark.SparkUnsupportedOperationException
  kNoSuchElement,           // org.apache.spark.SparkNoSuchElementException
  kSql,                     // org.apache.spark.SparkSQLException (INVALID_HANDLE.* and INVALID_CURSOR.*)
  kUpgrade,                 // org.apache.spark.SparkUpgradeException
  kInvalidPlanInput,        // org.apache.spark.sql.connect.common.InvalidPlanInput
  kTempTableAlreadyExists,  // org.apache.spark.sql.catalyst.analysis.TempTableAlreadyExistsException
  // What Spark's server throws without a condition of its own.
  kJavaIllegalArgument,       // java.lang.IllegalArgumentException
  kJavaUnsupportedOperation,  // java.lang.UnsupportedOperationException
  kJavaRuntime,               // java.lang.RuntimeException
};

// The Java class and its superclasses, most specific first, as sent in ErrorInfo's `classes`.
const std::vector<std::string>& JavaClasses(ExceptionKind kind);

struct QueryContext {
  enum class Type { kSql, kDataFrame };
  Type type = Type::kSql;
  std::string object_type;
  std::string object_name;
  int start_index = -1;
  int stop_index = -1;
  std::string fragment;
  std::string call_site;
  std::string summary;  // the lines that Spark appends to the message
};

// The query context of an origin; empty when the origin is null or unknown.
std::vector<QueryContext> ContextOf(const OriginPtr& origin);

// One row of Spark's table of conditions. Sub-conditions hold their parent's text joined with theirs.
struct ConditionEntry {
  std::string_view name;
  std::string_view sql_state;
  std::string_view message_template;  // parameters as <name>
};
// Null when Spark has no such condition.
const ConditionEntry* FindCondition(std::string_view name);

class Error : public std::exception {
 public:
  using Parameters = std::map<std::string, std::string>;

  // CHECKs that `condition` is in Spark's table. The message is rendered from its template.
  Error(ExceptionKind kind, std::string condition, Parameters parameters, OriginPtr origin = nullptr);

  // An error relayed from another server or a parser, whose message is already whole.
  static Error WithMessage(ExceptionKind kind, std::string condition, std::string sql_state,
                           Parameters parameters, std::string message,
                           std::vector<QueryContext> contexts = {});

  // The engine's statement that it does not run this exactly as Spark does, made before any effect.
  // UNSUPPORTED_FEATURE as SparkUnsupportedOperationException; `what` names the missing thing for people.
  static Error Decline(std::string what, OriginPtr origin = nullptr);

  // This error, thrown because of another one.
  Error CausedBy(Error cause) &&;

  ExceptionKind kind() const { return kind_; }
  const std::string& condition() const { return condition_; }
  const std::string& sql_state() const { return sql_state_; }
  const Parameters& parameters() const { return parameters_; }
  const std::vector<QueryContext>& contexts() const { return contexts_; }
  // Spark's getMessage(): "[CONDITION] text SQLSTATE: 12345" and the context's summary.
  const std::string& message() const { return message_; }
  // Non-empty exactly for declines: what is missing. Travels as ErrorInfo metadata `hearth.decline`.
  const std::string& decline() const { return decline_; }
  // Null if it has none.
  const Error* cause() const { return cause_.get(); }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  Error() = default;

  ExceptionKind kind_ = ExceptionKind::kSpark;
  std::string condition_;
  std::string sql_state_;
  Parameters parameters_;
  std::vector<QueryContext> contexts_;
  std::string message_;
  std::string decline_;
  std::shared_ptr<const Error> cause_;
};

// Spark's toSQLId: back-ticks around each part, joined by dots.
std::string QuoteIdentifier(const std::vector<std::string>& parts);
std::string QuoteIdentifier(std::string_view part);
// Spark's toSQLExpr, toSQLType, toSQLConf, ...: double quotes around.
std::string QuoteDouble(std::string_view text);

}  // namespace hearth::spark
