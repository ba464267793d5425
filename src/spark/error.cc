#include "spark/error.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace hearth::spark {
namespace {

// Sorted by name; the build generates the rows from Spark's own table.
constexpr ConditionEntry kConditions[] = {
#include "spark_condition_table.inc"
};

constexpr std::string_view kDeclineCondition = "UNSUPPORTED_FEATURE";

std::string Render(std::string_view text, const Error::Parameters& parameters) {
  std::string out;
  while (!text.empty()) {
    const size_t open = text.find('<');
    const size_t close = open == std::string_view::npos ? open : text.find('>', open);
    if (close == std::string_view::npos) break;
    out += text.substr(0, open);
    const std::string name(text.substr(open + 1, close - open - 1));
    const auto found = parameters.find(name);
    // Spark keeps the angle brackets of a parameter that nobody gave.
    out += found == parameters.end() ? "<" + name + ">" : found->second;
    text.remove_prefix(close + 1);
  }
  return out.append(text);
}

// The part of `text` (UTF-8) between two code point indices, both inclusive.
std::string Fragment(const std::string& text, int start, int stop) {
  std::string out;
  int index = -1;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++index;
    if (index > stop) break;
    if (index >= start) out += c;
  }
  return out;
}

// The code points of UTF-8; a malformed byte counts as one.
std::u32string Utf32(const std::string& text) {
  std::u32string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) == 0x80 && !out.empty()) {
      out.back() = (out.back() << 6) | (byte & 0x3F);
    } else {
      out += byte < 0x80 ? byte : byte < 0xE0 ? byte & 0x1F : byte < 0xF0 ? byte & 0x0F : byte & 0x07;
    }
  }
  return out;
}

void AppendUtf8(char32_t code, std::string* out) {
  const auto tail = [&](int shift) { *out += static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
  if (code < 0x80) {
    *out += static_cast<char>(code);
  } else if (code < 0x800) {
    *out += static_cast<char>(0xC0 | (code >> 6));
    tail(0);
  } else if (code < 0x10000) {
    *out += static_cast<char>(0xE0 | (code >> 12));
    tail(6);
    tail(0);
  } else {
    *out += static_cast<char>(0xF0 | ((code >> 18) & 0x07));
    tail(12);
    tail(6);
    tail(0);
  }
}

std::string SqlSummary(const Origin& origin) {
  std::string out = "== SQL";
  if (!origin.object_type.empty() && !origin.object_name.empty()) {
    out += " of " + origin.object_type + " " + origin.object_name;
  }
  out += " (line " + std::to_string(origin.line) + ", position " + std::to_string(origin.position + 1) +
         ") ==\n";
  // The lines that the fragment touches, carets below it. Of what stands beside the fragment in its first and
  // last line, 32 characters are shown.
  constexpr int kMostBeside = 32;
  const std::u32string text = Utf32(*origin.sql_text);
  const int size = static_cast<int>(text.size());
  const int start = std::clamp(origin.start, 0, std::max(size - 1, 0));
  const int stop = std::min(origin.stop, size - 1);
  int first = start;
  while (first > 0 && start - first < kMostBeside && text[static_cast<size_t>(first) - 1] != U'\n') --first;
  const bool is_cut_before = first > 0 && text[static_cast<size_t>(first) - 1] != U'\n';
  int last = stop + 1;
  while (last < size && last - stop <= kMostBeside && text[static_cast<size_t>(last)] != U'\n') ++last;
  const bool is_cut_behind = last - stop > kMostBeside;
  std::string line = is_cut_before ? "..." : "";
  std::string carets(line.size(), ' ');
  const auto end_line = [&] {
    out += line + "\n" + carets.substr(0, carets.find_last_of('^') + 1) + "\n";
    line.clear();
    carets.clear();
  };
  for (int i = first; i < last; ++i) {
    const char32_t c = text[static_cast<size_t>(i)];
    if (c == U'\n') {
      end_line();
      continue;
    }
    AppendUtf8(c, &line);
    carets += i >= start && i <= stop ? '^' : ' ';
  }
  if (is_cut_behind) line += "...";
  end_line();
  return out;
}

// AnalysisException does not print its context, but where it begins.
std::string Position(const OriginPtr& origin) {
  if (origin == nullptr || !origin->IsSql() || origin->line <= 0) return "";
  return "; line " + std::to_string(origin->line) + " pos " + std::to_string(origin->position);
}

std::string Message(const std::string& condition, const std::string& state, const std::string& text,
                    const std::vector<QueryContext>& contexts) {
  // Conditions without a name of their own are not shown.
  std::string out = condition.starts_with("_LEGACY_ERROR_TEMP_") ? text : "[" + condition + "] " + text;
  if (!state.empty()) out += " SQLSTATE: " + state;
  if (!contexts.empty()) out += "\n" + contexts.front().summary;
  return out;
}

}  // namespace

const ConditionEntry* FindCondition(std::string_view name) {
  const auto* begin = std::begin(kConditions);
  const auto* end = std::end(kConditions);
  const auto* found = std::lower_bound(
      begin, end, name, [](const ConditionEntry& entry, std::string_view key) { return entry.name < key; });
  return found != end && found->name == name ? found : nullptr;
}

const std::vector<std::string>& JavaClasses(ExceptionKind kind) {
  using Classes = std::vector<std::string>;
  const auto runtime = [](Classes head) {
    head.insert(head.end(), {"java.lang.RuntimeException", "java.lang.Exception", "java.lang.Throwable",
                             "java.lang.Object"});
    return head;
  };
  const auto checked = [](Classes head) {
    head.insert(head.end(), {"java.lang.Exception", "java.lang.Throwable", "java.lang.Object"});
    return head;
  };
  static const std::array<Classes, 19> kClasses = {
      checked({"org.apache.spark.sql.AnalysisException"}),
      checked({"org.apache.spark.sql.catalyst.ExtendedAnalysisException",
               "org.apache.spark.sql.AnalysisException"}),
      checked(
          {"org.apache.spark.sql.catalyst.parser.ParseException", "org.apache.spark.sql.AnalysisException"}),
      checked({"org.apache.spark.SparkException"}),
      runtime({"org.apache.spark.SparkRuntimeException"}),
      runtime({"org.apache.spark.SparkArithmeticException", "java.lang.ArithmeticException"}),
      runtime({"org.apache.spark.SparkArrayIndexOutOfBoundsException",
               "java.lang.ArrayIndexOutOfBoundsException", "java.lang.IndexOutOfBoundsException"}),
      runtime({"org.apache.spark.SparkDateTimeException", "java.time.DateTimeException"}),
      runtime({"org.apache.spark.SparkNumberFormatException", "java.lang.NumberFormatException",
               "java.lang.IllegalArgumentException"}),
      runtime({"org.apache.spark.SparkIllegalArgumentException", "java.lang.IllegalArgumentException"}),
      runtime(
          {"org.apache.spark.SparkUnsupportedOperationException", "java.lang.UnsupportedOperationException"}),
      runtime({"org.apache.spark.SparkNoSuchElementException", "java.util.NoSuchElementException"}),
      checked({"org.apache.spark.SparkSQLException", "java.sql.SQLException"}),
      runtime({"org.apache.spark.SparkUpgradeException"}),
      checked({"org.apache.spark.sql.connect.common.InvalidPlanInput"}),
      checked({"org.apache.spark.sql.catalyst.analysis.TempTableAlreadyExistsException",
               "org.apache.spark.sql.AnalysisException"}),
      runtime({"java.lang.IllegalArgumentException"}),
      runtime({"java.lang.UnsupportedOperationException"}),
      runtime({}),
  };
  return kClasses[static_cast<size_t>(kind)];
}

std::vector<QueryContext> ContextOf(const OriginPtr& origin) {
  if (origin == nullptr) return {};
  QueryContext context;
  if (origin->IsSql() && origin->start >= 0) {
    context.object_type = origin->object_type;
    context.object_name = origin->object_name;
    context.start_index = origin->start;
    context.stop_index = origin->stop;
    context.fragment = Fragment(*origin->sql_text, origin->start, origin->stop);
    context.summary = SqlSummary(*origin);
    return {context};
  }
  if (origin->IsDataFrame()) {
    context.type = QueryContext::Type::kDataFrame;
    context.fragment = origin->fragment;
    context.call_site = origin->call_site;
    context.summary =
        "== DataFrame ==\n\"" + origin->fragment + "\" was called from\n" + origin->call_site + "\n";
    return {context};
  }
  return {};
}

Error::Error(ExceptionKind kind, std::string condition, Parameters parameters, OriginPtr origin)
    : kind_(kind),
      condition_(std::move(condition)),
      parameters_(std::move(parameters)),
      contexts_(ContextOf(origin)) {
  const ConditionEntry* entry = FindCondition(condition_);
  HEARTH_CHECK(entry != nullptr) << "no such error condition: " << condition_;
  sql_state_ = std::string(entry->sql_state);
  const std::string text = Render(entry->message_template, parameters_);
  const bool is_analysis = kind == ExceptionKind::kAnalysis || kind == ExceptionKind::kExtendedAnalysis;
  message_ = Message(condition_, sql_state_, text, is_analysis ? std::vector<QueryContext>{} : contexts_);
  if (is_analysis) message_ += Position(origin);
}

Error Error::WithMessage(ExceptionKind kind, std::string condition, std::string sql_state,
                         Parameters parameters, std::string message, std::vector<QueryContext> contexts) {
  Error error;
  error.kind_ = kind;
  error.condition_ = std::move(condition);
  error.sql_state_ = std::move(sql_state);
  error.parameters_ = std::move(parameters);
  error.message_ = std::move(message);
  error.contexts_ = std::move(contexts);
  return error;
}

Error Error::CausedBy(Error cause) && {
  cause_ = std::make_shared<const Error>(std::move(cause));
  return std::move(*this);
}

Error Error::Decline(std::string what, OriginPtr origin) {
  const ConditionEntry* parent = FindCondition(kDeclineCondition);
  HEARTH_CHECK(parent != nullptr) << "no UNSUPPORTED_FEATURE in the table of conditions";
  Error error;
  error.kind_ = ExceptionKind::kUnsupportedOperation;
  error.condition_ = std::string(kDeclineCondition);
  error.sql_state_ = std::string(parent->sql_state);
  error.parameters_ = {{"feature", what}};
  error.contexts_ = ContextOf(origin);
  error.message_ = Message(error.condition_, error.sql_state_,
                           std::string(parent->message_template) + " The native engine does not run " + what +
                               " exactly as Apache Spark does.",
                           error.contexts_);
  error.decline_ = std::move(what);
  return error;
}

std::string QuoteIdentifier(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += '.';
    out += QuoteIdentifier(part);
  }
  return out;
}

std::string QuoteIdentifier(std::string_view part) {
  std::string out = "`";
  for (const char c : part) out += c == '`' ? "``" : std::string(1, c);
  return out + "`";
}

std::string QuoteDouble(std::string_view text) { return "\"" + std::string(text) + "\""; }

}  // namespace hearth::spark
