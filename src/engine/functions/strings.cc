#include "engine/functions/strings.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>

#include "engine/functions/case_mapping.h"
#include "spark/types/value.h"

namespace hearth::engine {
namespace {

// Length of a UTF-8 character by its first byte. Text in DuckDB is valid UTF-8.
size_t CharacterSize(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

int64_t CountCharacters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; });
}

// Byte position of a character, at most the size.
size_t ByteOf(std::string_view text, int64_t character) {
  size_t at = 0;
  for (; character > 0 && at < text.size(); --character) at += CharacterSize(text[at]);
  return std::min(at, text.size());
}

// [start, end) of substr(position, length) in a sequence of `size`: positions count from 1, 0 is as 1,
// negative ones count from the end. A start before the first character takes from the length (substringSQL).
std::pair<int64_t, int64_t> SubstringRange(int64_t size, int32_t position, int32_t length) {
  const int64_t start = position > 0 ? position - 1 : position < 0 ? size + position : 0;
  const int64_t end = std::min<int64_t>(start + length, std::numeric_limits<int32_t>::max());
  return {std::clamp<int64_t>(start, 0, size), std::clamp<int64_t>(end, 0, size)};
}

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

struct SubstringOfText {
  using Signature = std::string_view(std::string_view, int32_t, int32_t);
  static std::string_view Apply(std::string_view text, int32_t position, int32_t length) {
    if (IsAscii(text)) {
      const auto [start, end] = SubstringRange(static_cast<int64_t>(text.size()), position, length);
      return end <= start ? "" : text.substr(static_cast<size_t>(start), static_cast<size_t>(end - start));
    }
    const auto [start, end] = SubstringRange(CountCharacters(text), position, length);
    if (end <= start) return "";
    const size_t from = ByteOf(text, start);
    return text.substr(from, ByteOf(text.substr(from), end - start));
  }
};

struct SubstringOfBlob {
  using Signature = Blob(Blob, int32_t, int32_t);
  static Blob Apply(Blob blob, int32_t position, int32_t length) {
    const auto [start, end] = SubstringRange(static_cast<int64_t>(blob.bytes.size()), position, length);
    if (end <= start) return {""};
    return {blob.bytes.substr(static_cast<size_t>(start), static_cast<size_t>(end - start))};
  }
};

// What fills `missing` characters: the pad over and over.
std::string Padding(std::string_view pad, int64_t missing) {
  const int64_t pad_length = CountCharacters(pad);
  std::string filling;
  for (; missing >= pad_length; missing -= pad_length) filling += pad;
  filling += pad.substr(0, ByteOf(pad, missing));
  return filling;
}

template <bool left>
struct Pad {
  using Signature = std::string(std::string_view, int32_t, std::string_view);
  static std::string Apply(std::string_view text, int32_t length, std::string_view pad) {
    if (length <= 0) return "";
    const int64_t missing = length - CountCharacters(text);
    if (missing <= 0) return std::string(text.substr(0, ByteOf(text, length)));
    if (pad.empty()) return std::string(text);
    return left ? Padding(pad, missing).append(text) : std::string(text) + Padding(pad, missing);
  }
};

template <std::string (*Map)(std::string_view)>
struct MapCase {
  using Signature = std::string(std::string_view);
  static std::string Apply(std::string_view text) { return Map(text); }
};

// Escaped characters and wildcards, as org.apache.spark.sql.catalyst.util.StringUtils.escapeLikeRegex reads
// them: an escape character must stand before a wildcard or itself.
struct Like {
  using Signature = bool(std::string_view, std::string_view, std::string_view);

  static std::optional<bool> Apply(std::string_view text, std::string_view pattern, std::string_view escape) {
    if (!IsValidPattern(pattern, escape)) return std::nullopt;
    return Matches(text, pattern, escape);
  }
  [[noreturn]] static void Fail(std::string_view, std::string_view pattern, std::string_view escape) {
    const std::string_view bad = BadCharacter(pattern, escape);
    const bool at_end = bad.empty();
    const std::string name = at_end ? "INVALID_FORMAT.ESC_AT_THE_END" : "INVALID_FORMAT.ESC_IN_THE_MIDDLE";
    const std::string format =
        spark::LiteralSql(spark::Value{std::string(pattern)}, spark::DataType::String());
    RowError error{spark::ExceptionKind::kAnalysis, name, {{"format", format}}, ErrorContext::kNone};
    if (!at_end) error.parameters["char"] = "'" + std::string(bad) + "'";
    throw error;
  }

 private:
  // The character behind the first escape that escapes nothing.
  static std::string_view BadCharacter(std::string_view pattern, std::string_view escape) {
    for (size_t at = 0; at < pattern.size(); at += CharacterSize(pattern[at])) {
      if (!pattern.substr(at).starts_with(escape)) continue;
      at += escape.size();
      const std::string_view next = pattern.substr(at, at < pattern.size() ? CharacterSize(pattern[at]) : 0);
      if (next != "_" && next != "%" && next != escape) return next;
    }
    return "";
  }
  static bool IsValidPattern(std::string_view pattern, std::string_view escape) {
    for (size_t at = 0; at < pattern.size(); at += CharacterSize(pattern[at])) {
      if (!pattern.substr(at).starts_with(escape)) continue;
      at += escape.size();
      if (at >= pattern.size()) return false;
      if (pattern[at] != '_' && pattern[at] != '%' && !pattern.substr(at).starts_with(escape)) return false;
    }
    return true;
  }

  // Greedy with one point to come back to: the last %.
  static bool Matches(std::string_view text, std::string_view pattern, std::string_view escape) {
    size_t t = 0;
    size_t p = 0;
    size_t retry_text = std::string_view::npos;
    size_t retry_pattern = 0;
    while (true) {
      if (p < pattern.size()) {
        const bool escaped = pattern.substr(p).starts_with(escape);
        if (!escaped && pattern[p] == '%') {
          retry_pattern = ++p;
          retry_text = t;
          continue;
        }
        const size_t literal = escaped ? p + escape.size() : p;
        const size_t size = CharacterSize(pattern[literal]);
        if (t < text.size() && !escaped && pattern[p] == '_') {
          t += CharacterSize(text[t]);
          ++p;
          continue;
        }
        if (text.substr(std::min(t, text.size())).starts_with(pattern.substr(literal, size))) {
          t += size;
          p = literal + size;
          continue;
        }
      } else if (t == text.size()) {
        return true;
      }
      if (retry_text == std::string_view::npos || retry_text >= text.size()) return false;
      retry_text += CharacterSize(text[retry_text]);
      t = retry_text;
      p = retry_pattern;
    }
  }
};

// Java's MIME encoder: lines of 76 characters.
struct Base64 {
  using Signature = std::string(Blob);
  static std::string Apply(Blob blob) {
    static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static constexpr size_t kLineBytes = 57;
    const std::string_view bytes = blob.bytes;
    const auto byte = [&](size_t i) { return i < bytes.size() ? static_cast<uint8_t>(bytes[i]) : 0U; };
    std::string out;
    for (size_t i = 0; i < bytes.size(); i += 3) {
      if (i > 0 && i % kLineBytes == 0) out += "\r\n";
      const uint32_t group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
      out += kDigits[group >> 18];
      out += kDigits[group >> 12 & 63];
      out += i + 1 < bytes.size() ? kDigits[group >> 6 & 63] : '=';
      out += i + 2 < bytes.size() ? kDigits[group & 63] : '=';
    }
    return out;
  }
};

void Raise(duckdb_function_info info, duckdb_data_chunk chunk, duckdb_vector) {
  ReportErrors(info, [&](int32_t* site) {
    if (duckdb_data_chunk_get_size(chunk) == 0) return;
    const auto text = [&](idx_t column) {
      return std::string(VectorView(duckdb_data_chunk_get_vector(chunk, column)).string(0));
    };
    *site = VectorView(duckdb_data_chunk_get_vector(chunk, 3)).data<int32_t>()[0];
    throw RowError{KindByName(text(1)), text(0),
                   nlohmann::json::parse(text(2)).get<std::map<std::string, std::string>>()};
  });
}

}  // namespace

void AddStringFunctions(FunctionList* list) {
  AddTotal<SubstringOfText>("substring", list);
  AddTotal<SubstringOfBlob>("substring", list);
  AddTotal<Pad<true>>("lpad", list);
  AddTotal<Pad<false>>("rpad", list);
  AddTotal<MapCase<ToUpper>>("upper", list);
  AddTotal<MapCase<ToLower>>("lower", list);
  AddTotal<MapCase<ToInitCap>>("initcap", list);
  AddTotal<Base64>("base64", list);
  AddRaising<Like>("like", list);
  list->push_back({{"hearth_raise", {"VARCHAR", "VARCHAR", "VARCHAR", "INTEGER"}, "BOOLEAN", true},
                   {DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_INTEGER},
                   DUCKDB_TYPE_BOOLEAN,
                   Raise});
}

}  // namespace hearth::engine
