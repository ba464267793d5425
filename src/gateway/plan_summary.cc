#include "gateway/plan_summary.h"

#include <spark/connect/base.pb.h>

#include <algorithm>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "spark/connect/plan_decoder.h"
#include "spark/error.h"
#include "spark/fingerprint/fingerprint.h"
#include "spark/plan/dump.h"
#include "spark/sql/lexer.h"

namespace hearth::gateway {

namespace {

constexpr size_t kTextBytesMax = 300;
constexpr size_t kPlanBytesMax = size_t{64} << 10;

/// As Spark's spark.redaction.regex has it.
bool NamesASecret(std::string_view name) {
  const std::string lower = absl::AsciiStrToLower(absl::string_view(name.data(), name.size()));
  for (const char* word :
       {"secret", "password", "token", "credential", "access.key", "access_key", "accesskey", "access-key"}) {
    if (lower.find(word) != std::string::npos) return true;
  }
  return false;
}

/// As `s3a://key:secret@bucket`.
bool HasCredentials(std::string_view text) {
  const size_t scheme = text.find("://");
  return scheme != std::string_view::npos && text.find('@', scheme) != std::string_view::npos;
}

/// A query's text with one space wherever it has space or comments. From the first word on that names a
/// secret no literal is shown, nor what stands behind an equals sign: too much is hidden rather than too
/// little.
class SqlOnOneLine {
 public:
  explicit SqlOnOneLine(std::string_view query) {
    for (const spark::Token& token : spark::Lex(query)) {
      if (token.kind == spark::TokenKind::kEnd || text_.size() > kTextBytesMax || is_over_) break;
      Append(token);
      end_ = token.text.data() + token.text.size();
    }
  }
  std::string Take() { return std::move(text_); }

 private:
  void Append(const spark::Token& token) {
    const bool adjacent = token.text.data() == end_;
    const bool after_equals = std::exchange(after_equals_, token.text == "=");
    if (text_.empty()) is_set_ = token.keyword == spark::Keyword::kSet;
    name_ = adjacent ? name_ + std::string(token.text) : std::string(token.text);
    const bool was_secret = secret_;
    secret_ = secret_ || NamesASecret(name_);
    if (in_value_ && adjacent) return;
    in_value_ = was_secret && after_equals;
    const bool is_word = token.kind == spark::TokenKind::kWord || token.kind == spark::TokenKind::kSymbol;
    const bool hidden = in_value_ || (!is_word && (secret_ || HasCredentials(token.text)));
    if (!adjacent && !text_.empty()) text_ += ' ';
    text_ += hidden ? "***" : token.text;
    is_over_ = is_set_ && in_value_;
  }

  std::string text_;
  /// Behind the token before.
  const char* end_ = nullptr;
  /// What stands together up to this token: `spark.my.password`.
  std::string name_;
  bool secret_ = false;
  bool after_equals_ = false;
  /// In what stands together behind an equals sign and is not shown.
  bool in_value_ = false;
  /// The value of a SET goes on to the end.
  bool is_set_ = false;
  bool is_over_ = false;
};

/// A dump's lines, joined; of one that names a secret only the outermost node's name.
std::string DumpOnOneLine(std::string_view dump) {
  if (NamesASecret(dump) || HasCredentials(dump))
    return std::string(dump.substr(0, dump.find_first_of(" \n"))) + " ***";
  std::string text;
  for (size_t at = 0; at < dump.size() && text.size() <= kTextBytesMax;) {
    const size_t end = std::min(dump.find('\n', at), dump.size());
    std::string_view line = dump.substr(at, end - at);
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (!text.empty() && !line.empty()) text += " < ";
    text += line;
    at = end + 1;
  }
  return text;
}

/// Within the limit, and nothing in it that a terminal or a line of a log takes for more than text.
std::string Tame(std::string text) {
  std::replace_if(
      text.begin(), text.end(),
      [](char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f; }, ' ');
  if (text.size() <= kTextBytesMax) return text;
  size_t end = kTextBytesMax - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not within a character
  return text.substr(0, end) + "...";
}

std::string TextOf(const spark::RelationPtr& relation) {
  if (const auto* sql = std::get_if<spark::SqlText>(&relation->node)) return SqlOnOneLine(sql->query).Take();
  return DumpOnOneLine(spark::Dump(relation));
}

PlanSummary SummaryOf(const spark::RelationPtr& relation, bool with_text) {
  return {nullptr, spark::FingerprintOf(relation).Hex(), with_text ? TextOf(relation) : ""};
}

PlanSummary SummaryOf(const spark::Command& command, bool with_text) {
  return {nullptr, spark::FingerprintOf(command).Hex(), with_text ? DumpOnOneLine(spark::Dump(command)) : ""};
}

}  // namespace

PlanSummary Summarize(const ::spark::connect::Plan& plan) {
  const bool with_text = plan.ByteSizeLong() <= kPlanBytesMax;
  PlanSummary summary;
  try {
    const auto decoded = std::make_shared<const DecodedPlan>(spark::DecodePlan(plan));
    if (const auto* relation = std::get_if<spark::RelationPtr>(decoded.get())) {
      summary = SummaryOf(*relation, with_text);
    } else {
      summary = std::visit(
          [with_text](const auto& command) {
            if constexpr (std::is_same_v<decltype(command), const spark::SqlCommand&>) {
              return SummaryOf(command.input, with_text);
            } else {
              return SummaryOf(spark::Command(command), with_text);
            }
          },
          std::get<spark::ConnectCommand>(*decoded));
    }
    summary.decoded = decoded;
  } catch (const spark::Error&) {
    return {};
  }
  summary.text = Tame(std::move(summary.text));
  return summary;
}

}  // namespace hearth::gateway
