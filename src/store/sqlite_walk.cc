#include "store/sqlite_walk.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "store/big_endian.h"
#include "store/entry.h"
#include "store/keys.h"

namespace hearth::store {

namespace {

constexpr size_t kUsable = SqlitePages::kPageBytes;
/// The first table that our schema makes has its root behind the page of the header.
constexpr uint32_t kEntriesRoot = 2;
/// Deeper no tree of 2^32 pages is.
constexpr int kDepthMax = 20;
constexpr uint8_t kInteriorIndex = 2, kLeafIndex = 10, kLeafTable = 13;
/// Of a payload, the longest that stays in its page, and what then does of a longer one, at least.
constexpr size_t kLocalMax = (kUsable - 12) * 64 / 255 - 23;
constexpr size_t kLocalMin = (kUsable - 12) * 32 / 255 - 23;

/// Reads SQLite's numbers of variable length; `ok` ends when there is no more.
struct Reader {
  std::string_view bytes;
  bool ok = true;

  uint64_t Varint() {
    uint64_t number = 0;
    for (int i = 0; i < 9; ++i) {
      if (bytes.empty()) break;
      const auto byte = static_cast<uint8_t>(bytes.front());
      bytes.remove_prefix(1);
      if (i == 8) return number << 8 | byte;
      number = number << 7 | (byte & 0x7f);
      if ((byte & 0x80) == 0) return number;
    }
    ok = false;
    return 0;
  }
  std::string_view Take(uint64_t size) {
    if (size > bytes.size()) {
      ok = false;
      return {};
    }
    const std::string_view taken = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return taken;
  }
};

/// One column of a record: bytes, or a number.
struct Column {
  std::string_view bytes;
  int64_t number = 0;
};

Column ReadColumn(uint64_t type, Reader* body) {
  constexpr size_t kSizes[] = {0, 1, 2, 3, 4, 6, 8};
  if (type >= 12) return {body->Take((type - 12) / 2), 0};
  if (type == 8 || type == 9) return {{}, static_cast<int64_t>(type) - 8};
  if (type > 6) {
    body->ok = false;
    return {};
  }
  const std::string_view bytes = body->Take(kSizes[type]);
  uint64_t number = BigEndian(bytes);
  const size_t unused = 64 - 8 * bytes.size();
  if (bytes.empty()) return {};
  return {bytes, static_cast<int64_t>(number << unused) >> unused};
}

/// The columns of a record that has three.
std::optional<std::vector<Column>> ThreeColumns(std::string_view payload) {
  Reader header{payload};
  const uint64_t header_size = header.Varint();
  if (!header.ok || header_size > payload.size()) return std::nullopt;
  const size_t read = payload.size() - header.bytes.size();
  if (header_size < read) return std::nullopt;
  header.bytes = payload.substr(read, header_size - read);
  Reader body{payload.substr(header_size)};
  std::vector<Column> columns;
  while (header.ok && body.ok && !header.bytes.empty()) columns.push_back(ReadColumn(header.Varint(), &body));
  if (!header.ok || !body.ok || !body.bytes.empty() || columns.size() != 3) return std::nullopt;
  return columns;
}

/// Where the cells of a page begin; nullopt if they cannot all be there, each once, with the rest accounted
/// for: a cell that the page has forgotten would not be missed otherwise.
struct Layout {
  bool interior;
  std::vector<size_t> cells;
};

size_t LocalBytes(uint64_t payload) {
  if (payload <= kLocalMax) return payload;
  const size_t local = kLocalMin + (payload - kLocalMin) % (kUsable - 4);
  return local <= kLocalMax ? local : kLocalMin;
}

/// Of an index cell, with the number of its child and of its overflow page.
std::optional<size_t> CellBytes(std::string_view page, size_t at, bool interior) {
  Reader cell{page.substr(std::min(at, page.size()))};
  if (interior) cell.Take(4);
  const uint64_t payload = cell.Varint();
  const size_t head = page.size() - at - cell.bytes.size();
  cell.Take(LocalBytes(payload) + (payload > kLocalMax ? 4 : 0));
  if (!cell.ok) return std::nullopt;
  return std::max<size_t>(4, head + LocalBytes(payload) + (payload > kLocalMax ? 4 : 0));
}

std::optional<Layout> LayoutOf(std::string_view page) {
  const auto two = [page](size_t at) { return static_cast<size_t>(BigEndian(page.substr(at, 2))); };
  Layout layout{page[0] == kInteriorIndex, {}};
  if (!layout.interior && page[0] != kLeafIndex) return std::nullopt;
  const size_t header = layout.interior ? 12 : 8;
  const size_t count = two(3);
  const size_t pointers_end = header + 2 * count;
  const size_t content = two(5) == 0 ? 65536 : two(5);
  if (pointers_end > content || content > kUsable) return std::nullopt;
  size_t used = content + static_cast<uint8_t>(page[7]);
  for (size_t i = 0; i < count; ++i) {
    const size_t at = two(header + 2 * i);
    const std::optional<size_t> bytes = at >= content ? CellBytes(page, at, layout.interior) : std::nullopt;
    if (!bytes) return std::nullopt;
    used += *bytes;
    layout.cells.push_back(at);
  }
  for (size_t block = two(1), before = 0; block != 0; before = block, block = two(block)) {
    if (block <= before || block < content || block + 4 > kUsable) return std::nullopt;
    used += two(block + 2);
  }
  if (used != kUsable) return std::nullopt;
  return layout;
}

bool IsBetween(const std::string& key, const std::optional<std::string>& after,
               const std::optional<std::string>& before) {
  return (!after || *after < key) && (!before || key < *before);
}

}  // namespace

bool KeyGap::Touches(std::string_view prefix) const {
  const std::optional<std::string> end = PrefixEnd(prefix);
  return (!before || *before > prefix) && (!after || !end || *after < *end);
}

void SqliteWalk::Run() { Visit(kEntriesRoot, std::nullopt, std::nullopt, 0); }

/// The whole payload of an index cell, which begins with its length.
std::optional<std::string> SqliteWalk::Payload(std::string_view page, size_t at) const {
  Reader cell{page.substr(at)};
  const uint64_t size = cell.Varint();
  std::string payload(cell.Take(LocalBytes(size)));
  if (size <= kLocalMax) return payload;
  auto next = static_cast<uint32_t>(BigEndian(cell.Take(4)));
  // Not reserved: the length may be what is damaged.
  while (payload.size() < size) {
    const std::string_view overflow = pages_.Page(next);
    if (overflow.empty() || payload.size() > size_t{pages_.count()} * kUsable) return std::nullopt;
    next = static_cast<uint32_t>(BigEndian(overflow.substr(0, 4)));
    payload += overflow.substr(4, size - payload.size());
  }
  return payload;
}

void SqliteWalk::Visit(uint32_t number, const Bound& after, const Bound& before, int depth) {
  const std::string_view page = pages_.Page(number);
  const std::optional<Layout> layout =
      page.empty() || depth > kDepthMax || !visited_.insert(number).second ? std::nullopt : LayoutOf(page);
  if (!layout) {
    gaps_.push_back({after, before});
    return;
  }
  // Each key bounds the subtrees on both sides of it; an unknown one makes one wide range of them.
  std::vector<Bound> keys;
  for (const size_t cell : layout->cells) {
    const std::optional<std::string> payload = Payload(page, cell + (layout->interior ? 4 : 0));
    const auto columns = payload ? ThreeColumns(*payload) : std::nullopt;
    keys.emplace_back();
    if (!columns) continue;
    const auto& [key, value, checksum] = std::tie((*columns)[0], (*columns)[1], (*columns)[2]);
    std::string text(key.bytes);
    if (!KeyIsIntact(key.bytes, value.bytes, checksum.number) || !IsBetween(text, after, before)) continue;
    const bool damaged = !IntactValue(key.bytes, value.bytes, checksum.number).ok();
    entries_.push_back({text, std::string(value.bytes), damaged});
    keys.back() = std::move(text);
  }
  const auto bound_before = [&](size_t i) {
    while (i > 0 && !keys[i - 1]) --i;
    return i > 0 ? keys[i - 1] : after;
  };
  const auto bound_after = [&](size_t i) {
    while (i < keys.size() && !keys[i]) ++i;
    return i < keys.size() ? keys[i] : before;
  };
  for (size_t i = 0; i < keys.size(); ++i)
    if (!keys[i]) gaps_.push_back({bound_before(i), bound_after(i)});
  if (!layout->interior) return;
  for (size_t i = 0; i <= keys.size(); ++i) {
    const size_t at = i < keys.size() ? layout->cells[i] : 8;
    Visit(static_cast<uint32_t>(BigEndian(page.substr(at, 4))), bound_before(i), bound_after(i), depth + 1);
  }
}

std::optional<int64_t> SqliteWalk::Transactions() const {
  for (uint32_t number = 2; number <= pages_.count(); ++number) {
    const std::string_view page = pages_.Page(number);
    if (page.empty() || page[0] != kLeafTable || BigEndian(page.substr(3, 2)) != 1) continue;
    Reader cell{page.substr(std::min<size_t>(BigEndian(page.substr(8, 2)), page.size()))};
    const uint64_t size = cell.Varint();
    cell.Varint();  // the row's number
    const std::string_view payload = cell.Take(size);
    const auto columns = cell.ok ? ThreeColumns(payload) : std::nullopt;
    if (columns && (*columns)[1].bytes == "hearth progress") return (*columns)[2].number;
  }
  return std::nullopt;
}

}  // namespace hearth::store
