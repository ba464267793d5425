// Spark's JSON form of a data type, both ways.
#include <cctype>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>

#include "spark/error.h"
#include "spark/types/data_type.h"

namespace hearth::spark {
namespace {

// Deeper types than this are not read; Spark's own protocol stops at 1,024 levels as well.
constexpr int kMaxDepth = 1000;

[[noreturn]] void Invalid(std::string_view text) {
  throw Error(ExceptionKind::kIllegalArgument, "INVALID_JSON_DATA_TYPE",
              {{"invalidType", std::string(text)}});
}

// A JSON value, kept as far as a data type needs it: `text` is the source text of the value, compact.
struct Json {
  enum class Kind { kString, kObject, kArray, kBool, kOther };
  Kind kind = Kind::kOther;
  std::string text;
  std::string string;  // decoded
  bool boolean = false;
  std::vector<Json> elements;      // of an array or object
  std::vector<std::string> names;  // of an object's elements

  const Json* Find(std::string_view name) const {
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i] == name) return &elements[i];
    }
    return nullptr;
  }
};

void AppendUtf8(uint32_t code, std::string* out) {
  if (code < 0x80) {
    *out += static_cast<char>(code);
  } else if (code < 0x800) {
    *out += static_cast<char>(0xC0 | (code >> 6));
    *out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    *out += static_cast<char>(0xE0 | (code >> 12));
    *out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    *out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    *out += static_cast<char>(0xF0 | (code >> 18));
    *out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    *out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    *out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

std::string QuoteJson(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += std::string("\\u00") + kHex[(c >> 4) & 0xF] + kHex[c & 0xF];
        } else {
          out += c;
        }
    }
  }
  return out + "\"";
}

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  Json ReadAll() {
    Json value = Read(0);
    SkipSpace();
    if (at_ != text_.size()) Invalid(text_);
    return value;
  }

 private:
  void SkipSpace() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }

  char Peek() {
    SkipSpace();
    if (at_ >= text_.size()) Invalid(text_);
    return text_[at_];
  }

  bool Take(char c) {
    if (Peek() != c) return false;
    ++at_;
    return true;
  }

  void Expect(char c) {
    if (!Take(c)) Invalid(text_);
  }

  Json Read(int depth) {
    if (depth > kMaxDepth) Invalid(text_);
    switch (Peek()) {
      case '{': return ReadObject(depth);
      case '[': return ReadArray(depth);
      case '"': return ReadString();
      default: return ReadWord();
    }
  }

  Json ReadObject(int depth) {
    Json out;
    out.kind = Json::Kind::kObject;
    out.text = "{";
    Expect('{');
    if (!Take('}')) {
      do {
        if (Peek() != '"') Invalid(text_);
        Json key = ReadString();
        Expect(':');
        Json value = Read(depth + 1);
        if (out.text.size() > 1) out.text += ",";
        out.text += key.text + ":" + value.text;
        out.names.push_back(std::move(key.string));
        out.elements.push_back(std::move(value));
      } while (Take(','));
      Expect('}');
    }
    out.text += "}";
    return out;
  }

  Json ReadArray(int depth) {
    Json out;
    out.kind = Json::Kind::kArray;
    out.text = "[";
    Expect('[');
    if (!Take(']')) {
      do {
        Json value = Read(depth + 1);
        if (out.text.size() > 1) out.text += ",";
        out.text += value.text;
        out.elements.push_back(std::move(value));
      } while (Take(','));
      Expect(']');
    }
    out.text += "]";
    return out;
  }

  uint32_t ReadHex4() {
    uint32_t code = 0;
    if (text_.size() - at_ < 4) Invalid(text_);
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + at_ + 4, code, 16);
    if (error != std::errc() || end != text_.data() + at_ + 4) Invalid(text_);
    at_ += 4;
    return code;
  }

  void ReadEscape(std::string* out) {
    if (at_ >= text_.size()) Invalid(text_);
    switch (text_[at_++]) {
      case '"': *out += '"'; return;
      case '\\': *out += '\\'; return;
      case '/': *out += '/'; return;
      case 'b': *out += '\b'; return;
      case 'f': *out += '\f'; return;
      case 'n': *out += '\n'; return;
      case 'r': *out += '\r'; return;
      case 't': *out += '\t'; return;
      case 'u': {
        uint32_t code = ReadHex4();
        if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_, 2) == "\\u") {
          at_ += 2;
          code = 0x10000 + ((code - 0xD800) << 10) + (ReadHex4() - 0xDC00);
        }
        AppendUtf8(code, out);
        return;
      }
      default: Invalid(text_);
    }
  }

  Json ReadString() {
    Json out;
    out.kind = Json::Kind::kString;
    Expect('"');
    while (at_ < text_.size() && text_[at_] != '"') {
      const char c = text_[at_++];
      if (c == '\\') {
        ReadEscape(&out.string);
      } else {
        out.string += c;
      }
    }
    if (at_ >= text_.size()) Invalid(text_);
    ++at_;
    out.text = QuoteJson(out.string);
    return out;
  }

  Json ReadWord() {
    Json out;
    const size_t begin = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 ||
                                  text_[at_] == '-' || text_[at_] == '+' || text_[at_] == '.')) {
      ++at_;
    }
    if (at_ == begin) Invalid(text_);
    out.text = std::string(text_.substr(begin, at_ - begin));
    if (out.text == "true" || out.text == "false") {
      out.kind = Json::Kind::kBool;
      out.boolean = out.text == "true";
    }
    return out;
  }

  std::string_view text_;
  size_t at_ = 0;
};

// The numbers of "name(1, 2)"; empty when `text` is not `name` with parentheses.
std::optional<std::vector<int>> Arguments(std::string_view text, std::string_view name) {
  if (!text.starts_with(name) || text.size() < name.size() + 3 || text[name.size()] != '(' ||
      text.back() != ')') {
    return std::nullopt;
  }
  std::vector<int> out;
  std::string_view rest = text.substr(name.size() + 1, text.size() - name.size() - 2);
  while (true) {
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
    int number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc()) return std::nullopt;
    out.push_back(number);
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
    if (rest.empty()) return out;
    if (rest.front() != ',') return std::nullopt;
    rest.remove_prefix(1);
  }
}

const std::map<std::string, DataType, std::less<>>& NamedTypes() {
  static const auto* const kTypes = [] {
    auto* types = new std::map<std::string, DataType, std::less<>>();
    for (const TypeId id :
         {TypeId::kNull, TypeId::kBoolean, TypeId::kByte, TypeId::kShort, TypeId::kInteger, TypeId::kLong,
          TypeId::kFloat, TypeId::kDouble, TypeId::kString, TypeId::kBinary, TypeId::kDate,
          TypeId::kTimestamp, TypeId::kTimestampNtz, TypeId::kCalendarInterval, TypeId::kVariant}) {
      types->emplace(DataType(id).type_name(), DataType(id));
    }
    for (int start = 0; start <= 3; ++start) {
      for (int end = start; end <= 3; ++end) {
        const auto from = static_cast<IntervalField>(start);
        const auto to = static_cast<IntervalField>(end);
        const DataType day_time = DataType::DayTimeInterval(from, to);
        types->emplace(day_time.type_name(), day_time);
        if (end > 1) continue;
        const DataType year_month = DataType::YearMonthInterval(from, to);
        types->emplace(year_month.type_name(), year_month);
      }
    }
    types->emplace("null", DataType::Null());  // Spark 2 wrote void so
    types->emplace("timestamp_ltz", DataType::Timestamp());
    types->emplace("decimal", DataType::Decimal(10, 0));
    return types;
  }();
  return *kTypes;
}

DataType NamedType(const std::string& name) {
  if (const auto found = NamedTypes().find(name); found != NamedTypes().end()) return found->second;
  if (const auto n = Arguments(name, "decimal"); n && n->size() == 2) {
    const int precision = (*n)[0];
    const int scale = (*n)[1];
    if (precision < 1 || precision > DataType::kMaxPrecision || scale < 0 || scale > precision) Invalid(name);
    return DataType::Decimal(precision, scale);
  }
  if (const auto n = Arguments(name, "char"); n && n->size() == 1) return DataType::Char((*n)[0]);
  if (const auto n = Arguments(name, "varchar"); n && n->size() == 1) return DataType::Varchar((*n)[0]);
  if (const auto n = Arguments(name, "time"); n && n->size() == 1) return DataType::Time((*n)[0]);
  Invalid(name);
}

const Json& Member(const Json& object, std::string_view name, Json::Kind kind) {
  const Json* member = object.Find(name);
  if (member == nullptr || member->kind != kind) Invalid(object.text);
  return *member;
}

DataType FromNode(const Json& node);

DataType FromMember(const Json& object, std::string_view name) {
  const Json* member = object.Find(name);
  if (member == nullptr) Invalid(object.text);
  return FromNode(*member);
}

StructField FieldFrom(const Json& node) {
  if (node.kind != Json::Kind::kObject) Invalid(node.text);
  StructField field;
  field.name = Member(node, "name", Json::Kind::kString).string;
  field.type = FromMember(node, "type");
  field.nullable = node.Find("nullable") == nullptr || Member(node, "nullable", Json::Kind::kBool).boolean;
  if (const Json* metadata = node.Find("metadata"); metadata != nullptr && metadata->text != "{}") {
    if (metadata->kind != Json::Kind::kObject) Invalid(node.text);
    // Collations of strings travel in the metadata of the field around them.
    if (metadata->Find("__COLLATIONS") != nullptr) throw Error::Decline("a collated string in a JSON schema");
    field.metadata = metadata->text;
  }
  return field;
}

DataType FromNode(const Json& node) {
  if (node.kind == Json::Kind::kString) return NamedType(node.string);
  if (node.kind != Json::Kind::kObject) Invalid(node.text);
  const std::string& type = Member(node, "type", Json::Kind::kString).string;
  if (type == "array") {
    return DataType::Array(FromMember(node, "elementType"),
                           Member(node, "containsNull", Json::Kind::kBool).boolean);
  }
  if (type == "map") {
    return DataType::Map(FromMember(node, "keyType"), FromMember(node, "valueType"),
                         Member(node, "valueContainsNull", Json::Kind::kBool).boolean);
  }
  if (type == "struct") {
    std::vector<StructField> fields;
    for (const Json& field : Member(node, "fields", Json::Kind::kArray).elements) {
      fields.push_back(FieldFrom(field));
    }
    return DataType::Struct(std::move(fields));
  }
  if (type == "udt") throw Error::Decline("a user-defined type in a JSON schema");
  Invalid(node.text);
}

void AppendJson(const DataType& type, std::string* out) {
  const auto boolean = [](bool value) { return value ? "true" : "false"; };
  switch (type.id()) {
    case TypeId::kArray:
      *out += R"({"type":"array","elementType":)";
      AppendJson(type.element(), out);
      *out += std::string(R"(,"containsNull":)") + boolean(type.contains_null()) + "}";
      return;
    case TypeId::kMap:
      *out += R"({"type":"map","keyType":)";
      AppendJson(type.key(), out);
      *out += R"(,"valueType":)";
      AppendJson(type.value(), out);
      *out += std::string(R"(,"valueContainsNull":)") + boolean(type.contains_null()) + "}";
      return;
    case TypeId::kStruct: {
      *out += R"({"type":"struct","fields":[)";
      bool first = true;
      for (const StructField& field : type.fields()) {
        *out += (first ? R"({"name":)" : R"(,{"name":)") + QuoteJson(field.name) + R"(,"type":)";
        AppendJson(field.type, out);
        *out += std::string(R"(,"nullable":)") + boolean(field.nullable) + R"(,"metadata":)" +
                (field.metadata.empty() ? "{}" : field.metadata) + "}";
        first = false;
      }
      *out += "]}";
      return;
    }
    default:
      if (!type.collation().empty()) throw Error::Decline("the JSON form of a collated string");
      *out += QuoteJson(type.type_name());
  }
}

}  // namespace

std::string DataType::json() const {
  std::string out;
  AppendJson(*this, &out);
  return out;
}

DataType DataType::FromJson(const std::string& json) { return FromNode(JsonReader(json).ReadAll()); }

}  // namespace hearth::spark
