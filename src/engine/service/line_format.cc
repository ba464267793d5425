#include "engine/service/line_format.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

using spark::DataType;
using spark::Error;
using spark::TypeId;

// BigDecimal.toString: scientific where the value is below a millionth.
std::string DecimalText(std::string_view plain, int scale) {
  std::string digits;
  for (const char c : plain) {
    if (c >= '0' && c <= '9' && (c != '0' || !digits.empty())) digits += c;
  }
  if (digits.empty()) digits = "0";
  const int exponent = static_cast<int>(digits.size()) - 1 - scale;
  if (exponent >= -6) return std::string(plain);
  std::string text = (plain.starts_with('-') ? "-" : "") + digits.substr(0, 1);
  if (digits.size() > 1) text += "." + digits.substr(1);
  return text + "E" + std::to_string(exponent);
}

// "2020-01-01 12:00:00.12" as yyyy-MM-dd'T'HH:mm:ss.SSS, and Z for an instant.
std::string TimestampText(std::string_view text, bool is_instant) {
  constexpr size_t kDigits = 3;
  const size_t point = text.find('.');
  std::string fraction(point == std::string_view::npos ? "" : text.substr(point + 1, kDigits));
  fraction.append(kDigits - fraction.size(), '0');
  std::string out(text.substr(0, point));
  std::replace(out.begin(), out.end(), ' ', 'T');
  return out + "." + fraction + (is_instant ? "Z" : "");
}

// A value as both CSV and JSON have it.
std::string ValueText(const DataType& type, std::string_view cell) {
  switch (type.id()) {
    case TypeId::kDecimal: return DecimalText(cell, type.scale());
    case TypeId::kTimestamp: return TimestampText(cell, /*is_instant=*/true);
    case TypeId::kTimestampNtz: return TimestampText(cell, /*is_instant=*/false);
    default: return std::string(cell);
  }
}

void CheckTypes(std::string_view format, const DataType& schema, const std::string& time_zone) {
  for (const spark::StructField& field : schema.fields()) {
    const DataType& type = field.type;
    if (type.IsNested() || type.Is(TypeId::kBinary))
      throw Error::Decline("a column of type " + type.sql() + " in files of " + std::string(format));
    const bool is_utc = time_zone == "UTC" || time_zone == "Etc/UTC" || time_zone == "GMT";
    if (type.Is(TypeId::kTimestamp) && !is_utc)
      throw Error::Decline("timestamps in files of " + std::string(format) + " in the time zone " +
                           time_zone);
  }
}

// Options by their names in lower case, each to be taken once.
class OptionReader {
 public:
  OptionReader(std::string_view format, const catalog::Properties& options) : format_(format) {
    for (const auto& [key, value] : options) options_[absl::AsciiStrToLower(key)] = value;
    options_.erase("partitionoverwritemode");
  }

  std::optional<std::string> Take(const std::string& name) {
    const auto found = options_.find(name);
    if (found == options_.end()) return std::nullopt;
    std::string value = std::move(found->second);
    options_.erase(found);
    return value;
  }
  bool TakeFlag(const std::string& name, bool fallback) {
    const std::optional<std::string> value = Take(name);
    if (!value) return fallback;
    const std::string lower = absl::AsciiStrToLower(*value);
    if (lower != "true" && lower != "false") Refuse(name, *value);
    return lower == "true";
  }
  // Only as it is without being said.
  void TakeNone(const std::string& name, std::initializer_list<std::string_view> same) {
    const std::optional<std::string> value = Take(name);
    if (!value) return;
    const std::string lower = absl::AsciiStrToLower(*value);
    if (std::find(same.begin(), same.end(), lower) == same.end()) Refuse(name, *value);
  }
  // Whatever else there is may change the lines.
  void Finish() const {
    if (!options_.empty()) Refuse(options_.begin()->first, options_.begin()->second);
  }
  [[noreturn]] void Refuse(const std::string& name, const std::string& value) const {
    throw Error::Decline("writing files of " + format_ + " with the option " + name + "=" + value);
  }

 private:
  const std::string format_;
  std::map<std::string, std::string> options_;
};

bool IsSpace(char c) { return static_cast<unsigned char>(c) <= ' '; }

class CsvFormat final : public LineFormat {
 public:
  CsvFormat(const DataType& schema, OptionReader options) : schema_(schema) {
    has_header_ = options.TakeFlag("header", false);
    const std::optional<std::string> delimiter = options.Take("delimiter");
    separator_ = OneOf("sep", options.Take("sep").value_or(delimiter.value_or(",")), ",;|\t^~", options);
    quote_ = OneOf("quote", options.Take("quote").value_or("\""), "\"'", options);
    escape_ = OneOf("escape", options.Take("escape").value_or("\\"), {'\\', quote_}, options);
    null_ = Plain("nullvalue", options.Take("nullvalue").value_or(""), options);
    const std::optional<std::string> empty = options.Take("emptyvalue");
    empty_ = empty ? Plain("emptyvalue", *empty, options) : "\"\"";
    options.TakeNone("compression", {"none", "uncompressed"});
    options.TakeNone("codec", {"none", "uncompressed"});
    options.TakeNone("encoding", {"utf-8"});
    options.TakeNone("charset", {"utf-8"});
    options.Take("inferschema");
    options.Finish();
  }

  std::string_view extension() const override { return ".csv"; }

  std::string Header() const override {
    if (!has_header_) return "";
    std::string line;
    for (size_t i = 0; i < schema_.fields().size(); ++i) {
      if (i > 0) line += separator_;
      AppendCell(schema_.fields()[i].name, i == 0, &line);
    }
    return line + "\n";
  }

  void Append(const Cells& cells, std::string* out) const override {
    const size_t start = out->size();
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) *out += separator_;
      if (cells[i]) {
        AppendCell(ValueText(schema_.fields()[i].type, *cells[i]), i == 0, out);
      } else {
        *out += null_;
      }
    }
    if (out->size() > start) *out += '\n';  // An empty line is not written.
  }

 private:
  static char OneOf(const std::string& name, const std::string& value, const std::string& known,
                    const OptionReader& options) {
    if (value.size() != 1 || known.find(value[0]) == std::string::npos) options.Refuse(name, value);
    return value[0];
  }

  // A text that is the same in quotes or without.
  static std::string Plain(const std::string& name, std::string value, const OptionReader& options) {
    const bool is_plain = std::all_of(value.begin(), value.end(), [](unsigned char c) {
      return absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '/' || c == '.';
    });
    if (!is_plain) options.Refuse(name, value);
    return value;
  }

  void AppendCell(std::string_view value, bool is_first, std::string* out) const {
    const bool is_comment = is_first && value.starts_with('#');
    while (!value.empty() && IsSpace(value.front())) value.remove_prefix(1);
    const bool is_quoted = is_comment || std::any_of(value.begin(), value.end(), [this](char c) {
                             return c == separator_ || c == quote_ || c == '\n' || c == '\r';
                           });
    while (!value.empty() && IsSpace(value.back())) value.remove_suffix(1);
    if (value.empty()) {
      *out += empty_;
    } else if (!is_quoted) {
      *out += value;
    } else {
      *out += quote_;
      for (const char c : value) {
        if (c == quote_ || c == escape_) *out += escape_;
        *out += c;
      }
      *out += quote_;
    }
  }

  const DataType schema_;
  bool has_header_ = false;
  char separator_ = ',';
  char quote_ = '"';
  char escape_ = '\\';
  std::string null_;
  std::string empty_;
};

void AppendJsonText(std::string_view text, std::string* out) {
  *out += '"';
  for (const char c : text) {
    switch (c) {
      case '"': *out += "\\\""; break;
      case '\\': *out += "\\\\"; break;
      case '\b': *out += "\\b"; break;
      case '\t': *out += "\\t"; break;
      case '\n': *out += "\\n"; break;
      case '\f': *out += "\\f"; break;
      case '\r': *out += "\\r"; break;
      default: {
        if (static_cast<unsigned char>(c) >= 0x20) {
          *out += c;
          break;
        }
        char escaped[7];
        std::snprintf(escaped, sizeof(escaped), "\\u%04X", static_cast<unsigned>(c));
        *out += escaped;
      }
    }
  }
  *out += '"';
}

class JsonFormat final : public LineFormat {
 public:
  JsonFormat(const DataType& schema, OptionReader options) : schema_(schema) {
    leaves_out_nulls_ = options.TakeFlag("ignorenullfields", true);
    options.TakeNone("compression", {"none", "uncompressed"});
    options.TakeNone("encoding", {"utf-8"});
    options.TakeNone("charset", {"utf-8"});
    options.Finish();
  }

  std::string_view extension() const override { return ".json"; }

  void Append(const Cells& cells, std::string* out) const override {
    *out += '{';
    bool is_first = true;
    for (size_t i = 0; i < cells.size(); ++i) {
      if (!cells[i] && leaves_out_nulls_) continue;
      if (!std::exchange(is_first, false)) *out += ',';
      const spark::StructField& field = schema_.fields()[i];
      AppendJsonText(field.name, out);
      *out += ':';
      if (!cells[i]) {
        *out += "null";
      } else if (IsBare(field.type, *cells[i])) {
        *out += ValueText(field.type, *cells[i]);
      } else {
        AppendJsonText(ValueText(field.type, *cells[i]), out);
      }
    }
    *out += "}\n";
  }

 private:
  // NaN and the infinities are no numbers of JSON.
  static bool IsBare(const DataType& type, std::string_view cell) {
    if (type.Is(TypeId::kFloat) || type.Is(TypeId::kDouble))
      return cell.find_first_of("NI") == std::string_view::npos;
    return type.IsNumeric() || type.Is(TypeId::kBoolean);
  }

  const DataType schema_;
  bool leaves_out_nulls_ = true;
};

class TextFormat final : public LineFormat {
 public:
  TextFormat(const DataType& schema, OptionReader options) {
    if (schema.fields().size() != 1 || !schema.fields()[0].type.Is(TypeId::kString))
      throw Error::Decline("files of text of other columns than one of strings");
    options.TakeNone("compression", {"none", "uncompressed"});
    options.Finish();
  }

  std::string_view extension() const override { return ".txt"; }
  void Append(const Cells& cells, std::string* out) const override {
    *out += cells[0].value_or("");
    *out += '\n';
  }
};

}  // namespace

bool IsLineFormat(std::string_view name) { return name == "csv" || name == "json" || name == "text"; }

std::unique_ptr<const LineFormat> MakeLineFormat(std::string_view name, const DataType& schema,
                                                 const catalog::Properties& options,
                                                 const std::string& time_zone) {
  CheckTypes(name, schema, time_zone);
  OptionReader reader(name, options);
  if (name == "csv") return std::make_unique<CsvFormat>(schema, std::move(reader));
  if (name == "json") return std::make_unique<JsonFormat>(schema, std::move(reader));
  return std::make_unique<TextFormat>(schema, std::move(reader));
}

}  // namespace hearth::engine
