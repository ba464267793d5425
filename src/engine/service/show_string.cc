#include "engine/service/show_string.h"

#include <algorithm>

#include "engine/service/html_escape.h"
#include "engine/service/text_width.h"

namespace hearth::engine {
namespace {

constexpr size_t kMinimumWidth = 3;
// The largest array that Java's collections make, less the one row that tells of more.
constexpr int32_t kRowsMax = INT32_MAX - 15 - 1;

using Row = std::vector<std::string>;

// Control characters would break the table: each becomes its escape sequence.
std::string EscapeControls(std::string_view text) {
  static constexpr std::string_view kControls = "\n\r\t\f\b\v\a";
  static constexpr std::string_view kNames = "nrtfbva";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const size_t at = kControls.find(c);
    if (at == std::string_view::npos) {
      out += c;
    } else {
      out += '\\';
      out += kNames[at];
    }
  }
  return out;
}

std::string Cut(std::string cell, int32_t truncate) {
  const auto limit = static_cast<size_t>(std::max(truncate, 0));
  if (truncate <= 0 || Utf16Length(cell) <= limit) return cell;
  // No room for an ellipsis below four characters.
  return truncate < 4 ? Utf16Prefix(cell, limit) : Utf16Prefix(cell, limit - 3) + "...";
}

std::string PadLeft(const std::string& cell, size_t width) {
  const size_t own = HalfWidth(cell);
  return own >= width ? cell : std::string(width - own, ' ') + cell;
}

std::string PadRight(const std::string& cell, size_t width, char with = ' ') {
  const size_t own = HalfWidth(cell);
  return own >= width ? cell : cell + std::string(width - own, with);
}

// What is shown: the header and at most `num_rows` rows, escaped and cut.
struct Shown {
  Row header;
  std::vector<Row> rows;
  int32_t num_rows = 0;
  bool has_more = false;
};

Shown Prepare(const TextTable& table, int32_t num_rows, int32_t truncate) {
  Shown shown;
  shown.num_rows = std::clamp(num_rows, 0, kRowsMax);
  for (const std::string& name : table.header) shown.header.push_back(EscapeControls(name));
  shown.has_more = table.rows.size() > static_cast<size_t>(shown.num_rows);
  for (const Row& row : table.rows) {
    if (shown.rows.size() == static_cast<size_t>(shown.num_rows)) break;
    Row& out = shown.rows.emplace_back();
    for (const std::string& cell : row) out.push_back(Cut(EscapeControls(cell), truncate));
  }
  return shown;
}

std::string Footer(const Shown& shown) {
  if (!shown.has_more) return "";
  return "only showing top " + std::to_string(shown.num_rows) + (shown.num_rows == 1 ? " row" : " rows");
}

void AppendJoined(const Row& cells, std::string_view open, std::string_view between, std::string_view close,
                  std::string* out) {
  out->append(open);
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out->append(between);
    out->append(cells[i]);
  }
  out->append(close);
}

std::string Horizontal(const Shown& shown, bool to_the_right) {
  std::vector<size_t> widths(shown.header.size(), kMinimumWidth);
  const auto widen = [&](const Row& row) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], HalfWidth(row[i]));
  };
  widen(shown.header);
  for (const Row& row : shown.rows) widen(row);

  std::string out;
  const auto line = [&](const Row& row) {
    Row padded;
    for (size_t i = 0; i < row.size(); ++i) {
      padded.push_back(to_the_right ? PadLeft(row[i], widths[i]) : PadRight(row[i], widths[i]));
    }
    AppendJoined(padded, "|", "|", "|\n", &out);
  };
  Row dashes;
  for (const size_t width : widths) dashes.emplace_back(width, '-');
  AppendJoined(dashes, "+", "+", "+\n", &out);
  line(shown.header);
  AppendJoined(dashes, "+", "+", "+\n", &out);
  for (const Row& row : shown.rows) line(row);
  AppendJoined(dashes, "+", "+", "+\n", &out);
  return out;
}

std::string Vertical(const Shown& shown) {
  size_t name_width = kMinimumWidth;
  for (const std::string& name : shown.header) name_width = std::max(name_width, HalfWidth(name));
  size_t data_width = kMinimumWidth;
  for (const Row& row : shown.rows) {
    for (const std::string& cell : row) data_width = std::max(data_width, HalfWidth(cell));
  }
  // What stands around a name and its value: two spaces, " | " in between.
  constexpr size_t kFraming = 5;
  std::string out;
  for (size_t i = 0; i < shown.rows.size(); ++i) {
    out += PadRight("-RECORD " + std::to_string(i), name_width + data_width + kFraming, '-') + "\n";
    Row lines;
    for (size_t j = 0; j < shown.header.size(); ++j) {
      lines.push_back(" " + PadRight(shown.header[j], name_width) + " | " +
                      PadRight(shown.rows[i][j], data_width) + " ");
    }
    AppendJoined(lines, "", "\n", "\n", &out);
  }
  return out;
}

}  // namespace

std::string ShowString(const TextTable& table, int32_t num_rows, int32_t truncate, bool vertical) {
  const Shown shown = Prepare(table, num_rows, truncate);
  if (!vertical) return Horizontal(shown, truncate > 0) + Footer(shown);
  return Vertical(shown) + (shown.rows.empty() ? "(0 rows)" : Footer(shown));
}

std::string HtmlString(const TextTable& table, int32_t num_rows, int32_t truncate) {
  const Shown shown = Prepare(table, num_rows, truncate);
  const auto escaped = [](const Row& row) {
    Row out;
    for (const std::string& cell : row) out.push_back(EscapeHtml(cell));
    return out;
  };
  std::string out = "<table border='1'>\n";
  AppendJoined(escaped(shown.header), "<tr><th>", "</th><th>", "</th></tr>\n", &out);
  for (const Row& row : shown.rows) AppendJoined(escaped(row), "<tr><td>", "</td><td>", "</td></tr>\n", &out);
  out += "</table>\n";
  // Unlike the text, HTML ends its footer's line.
  return shown.has_more ? out + Footer(shown) + "\n" : out;
}

int64_t RowsToFetch(int32_t num_rows) { return int64_t{std::clamp(num_rows, 0, kRowsMax)} + 1; }

}  // namespace hearth::engine
