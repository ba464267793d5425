#include "engine/functions/case_mapping.h"

#include <locale.h>
#include <cwctype>

#include <algorithm>
#include <iterator>

#include "base/check.h"

namespace hearth::engine {
namespace {

// Characters whose upper case is more than one character (Unicode's SpecialCasing.txt, unconditional
// entries).
struct SpecialUpper {
  char32_t from;
  char32_t to[3];
};
constexpr SpecialUpper kSpecialUpper[] = {
    {0xdf, {0x53, 0x53}},
    {0x149, {0x2bc, 0x4e}},
    {0x1f0, {0x4a, 0x30c}},
    {0x390, {0x399, 0x308, 0x301}},
    {0x3b0, {0x3a5, 0x308, 0x301}},
    {0x587, {0x535, 0x552}},
    {0x1e96, {0x48, 0x331}},
    {0x1e97, {0x54, 0x308}},
    {0x1e98, {0x57, 0x30a}},
    {0x1e99, {0x59, 0x30a}},
    {0x1e9a, {0x41, 0x2be}},
    {0x1f50, {0x3a5, 0x313}},
    {0x1f52, {0x3a5, 0x313, 0x300}},
    {0x1f54, {0x3a5, 0x313, 0x301}},
    {0x1f56, {0x3a5, 0x313, 0x342}},
    {0x1f80, {0x1f08, 0x399}},
    {0x1f81, {0x1f09, 0x399}},
    {0x1f82, {0x1f0a, 0x399}},
    {0x1f83, {0x1f0b, 0x399}},
    {0x1f84, {0x1f0c, 0x399}},
    {0x1f85, {0x1f0d, 0x399}},
    {0x1f86, {0x1f0e, 0x399}},
    {0x1f87, {0x1f0f, 0x399}},
    {0x1f88, {0x1f08, 0x399}},
    {0x1f89, {0x1f09, 0x399}},
    {0x1f8a, {0x1f0a, 0x399}},
    {0x1f8b, {0x1f0b, 0x399}},
    {0x1f8c, {0x1f0c, 0x399}},
    {0x1f8d, {0x1f0d, 0x399}},
    {0x1f8e, {0x1f0e, 0x399}},
    {0x1f8f, {0x1f0f, 0x399}},
    {0x1f90, {0x1f28, 0x399}},
    {0x1f91, {0x1f29, 0x399}},
    {0x1f92, {0x1f2a, 0x399}},
    {0x1f93, {0x1f2b, 0x399}},
    {0x1f94, {0x1f2c, 0x399}},
    {0x1f95, {0x1f2d, 0x399}},
    {0x1f96, {0x1f2e, 0x399}},
    {0x1f97, {0x1f2f, 0x399}},
    {0x1f98, {0x1f28, 0x399}},
    {0x1f99, {0x1f29, 0x399}},
    {0x1f9a, {0x1f2a, 0x399}},
    {0x1f9b, {0x1f2b, 0x399}},
    {0x1f9c, {0x1f2c, 0x399}},
    {0x1f9d, {0x1f2d, 0x399}},
    {0x1f9e, {0x1f2e, 0x399}},
    {0x1f9f, {0x1f2f, 0x399}},
    {0x1fa0, {0x1f68, 0x399}},
    {0x1fa1, {0x1f69, 0x399}},
    {0x1fa2, {0x1f6a, 0x399}},
    {0x1fa3, {0x1f6b, 0x399}},
    {0x1fa4, {0x1f6c, 0x399}},
    {0x1fa5, {0x1f6d, 0x399}},
    {0x1fa6, {0x1f6e, 0x399}},
    {0x1fa7, {0x1f6f, 0x399}},
    {0x1fa8, {0x1f68, 0x399}},
    {0x1fa9, {0x1f69, 0x399}},
    {0x1faa, {0x1f6a, 0x399}},
    {0x1fab, {0x1f6b, 0x399}},
    {0x1fac, {0x1f6c, 0x399}},
    {0x1fad, {0x1f6d, 0x399}},
    {0x1fae, {0x1f6e, 0x399}},
    {0x1faf, {0x1f6f, 0x399}},
    {0x1fb2, {0x1fba, 0x399}},
    {0x1fb3, {0x391, 0x399}},
    {0x1fb4, {0x386, 0x399}},
    {0x1fb6, {0x391, 0x342}},
    {0x1fb7, {0x391, 0x342, 0x399}},
    {0x1fbc, {0x391, 0x399}},
    {0x1fc2, {0x1fca, 0x399}},
    {0x1fc3, {0x397, 0x399}},
    {0x1fc4, {0x389, 0x399}},
    {0x1fc6, {0x397, 0x342}},
    {0x1fc7, {0x397, 0x342, 0x399}},
    {0x1fcc, {0x397, 0x399}},
    {0x1fd2, {0x399, 0x308, 0x300}},
    {0x1fd3, {0x399, 0x308, 0x301}},
    {0x1fd6, {0x399, 0x342}},
    {0x1fd7, {0x399, 0x308, 0x342}},
    {0x1fe2, {0x3a5, 0x308, 0x300}},
    {0x1fe3, {0x3a5, 0x308, 0x301}},
    {0x1fe4, {0x3a1, 0x313}},
    {0x1fe6, {0x3a5, 0x342}},
    {0x1fe7, {0x3a5, 0x308, 0x342}},
    {0x1ff2, {0x1ffa, 0x399}},
    {0x1ff3, {0x3a9, 0x399}},
    {0x1ff4, {0x38f, 0x399}},
    {0x1ff6, {0x3a9, 0x342}},
    {0x1ff7, {0x3a9, 0x342, 0x399}},
    {0x1ffc, {0x3a9, 0x399}},
    {0xfb00, {0x46, 0x46}},
    {0xfb01, {0x46, 0x49}},
    {0xfb02, {0x46, 0x4c}},
    {0xfb03, {0x46, 0x46, 0x49}},
    {0xfb04, {0x46, 0x46, 0x4c}},
    {0xfb05, {0x53, 0x54}},
    {0xfb06, {0x53, 0x54}},
    {0xfb13, {0x544, 0x546}},
    {0xfb14, {0x544, 0x535}},
    {0xfb15, {0x544, 0x53b}},
    {0xfb16, {0x54e, 0x546}},
    {0xfb17, {0x544, 0x53d}},
};

constexpr char32_t kCapitalSigma = 0x3a3;
constexpr char32_t kSmallSigma = 0x3c3;
constexpr char32_t kFinalSigma = 0x3c2;
constexpr char32_t kCapitalDottedI = 0x130;

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

char AsciiUpper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
char AsciiLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// The C library's Unicode tables, whatever the process's locale is.
locale_t UnicodeLocale() {
  static const locale_t locale = [] {
    const locale_t made = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    HEARTH_CHECK(made != nullptr) << "the C library has no locale C.UTF-8";
    return made;
  }();
  return locale;
}

char32_t SimpleUpper(char32_t c) {
  return static_cast<char32_t>(towupper_l(static_cast<wint_t>(c), UnicodeLocale()));
}
char32_t SimpleLower(char32_t c) {
  return static_cast<char32_t>(towlower_l(static_cast<wint_t>(c), UnicodeLocale()));
}
bool IsCased(char32_t c) { return SimpleUpper(c) != c || SimpleLower(c) != c; }

// REQUIRES: valid UTF-8.
std::u32string Decode(std::string_view text) {
  std::u32string out;
  for (size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    char32_t c = size == 1 ? first : first & (0xff >> (size + 1));
    for (size_t k = 1; k < size && i + k < text.size(); ++k)
      c = c << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3f);
    out += c;
    i += size;
  }
  return out;
}

void Append(char32_t c, std::string* out) {
  if (c < 0x80) {
    *out += static_cast<char>(c);
  } else if (c < 0x800) {
    *out += {static_cast<char>(0xc0 | c >> 6), static_cast<char>(0x80 | (c & 0x3f))};
  } else if (c < 0x10000) {
    *out += {static_cast<char>(0xe0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3f)),
             static_cast<char>(0x80 | (c & 0x3f))};
  } else {
    *out += {static_cast<char>(0xf0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 0x3f)),
             static_cast<char>(0x80 | (c >> 6 & 0x3f)), static_cast<char>(0x80 | (c & 0x3f))};
  }
}

void AppendUpper(char32_t c, std::string* out) {
  const auto* const special =
      std::lower_bound(std::begin(kSpecialUpper), std::end(kSpecialUpper), c,
                       [](const SpecialUpper& entry, char32_t key) { return entry.from < key; });
  if (special == std::end(kSpecialUpper) || special->from != c) return Append(SimpleUpper(c), out);
  for (const char32_t to : special->to) {
    if (to != 0) Append(to, out);
  }
}

// Unicode's full title case: its first letter in upper case, the rest of what it becomes in lower case.
void AppendTitle(char32_t c, std::string* out) {
  const bool is_digraph = (c >= 0x1c4 && c <= 0x1cc) || (c >= 0x1f1 && c <= 0x1f3);
  if (is_digraph) return Append(c >= 0x1f1 ? 0x1f2 : 0x1c5 + (c - 0x1c4) / 3 * 3, out);
  if (c >= 0x10d0 && c <= 0x10ff) return Append(c, out);  // Georgian has no title case
  // Greek letters with an iota below have one-letter title forms.
  if (c >= 0x1f80 && c <= 0x1faf) return Append(c | 8, out);
  if (c == 0x1fb3 || c == 0x1fc3 || c == 0x1ff3) return Append(c + 9, out);
  if (c == 0x1fbc || c == 0x1fcc || c == 0x1ffc) return Append(c, out);
  std::string upper;
  AppendUpper(c, &upper);
  const std::u32string letters = Decode(upper);
  Append(letters[0], out);
  constexpr char32_t kIota = 0x399;
  constexpr char32_t kIotaBelow = 0x345;
  bool capital_stands = IsCased(letters[0]);  // else it is still to come, as behind the apostrophe of U+0149
  for (const char32_t rest : letters.substr(1)) {
    Append(rest == kIota ? kIotaBelow : capital_stands ? SimpleLower(rest) : rest, out);
    capital_stands = true;
  }
}

// A sigma ends a word when a cased character stands before it and none after.
bool IsFinalSigma(const std::u32string& text, size_t at) {
  return at > 0 && IsCased(text[at - 1]) && (at + 1 == text.size() || !IsCased(text[at + 1]));
}

}  // namespace

std::string ToUpper(std::string_view text) {
  std::string out;
  if (IsAscii(text)) {
    std::transform(text.begin(), text.end(), std::back_inserter(out), AsciiUpper);
    return out;
  }
  for (const char32_t c : Decode(text)) AppendUpper(c, &out);
  return out;
}

std::string ToLower(std::string_view text) {
  std::string out;
  if (IsAscii(text)) {
    std::transform(text.begin(), text.end(), std::back_inserter(out), AsciiLower);
    return out;
  }
  const std::u32string characters = Decode(text);
  for (size_t i = 0; i < characters.size(); ++i) {
    if (characters[i] == kCapitalSigma) {
      Append(IsFinalSigma(characters, i) ? kFinalSigma : kSmallSigma, &out);
    } else if (characters[i] == kCapitalDottedI) {
      out += "i\xcc\x87";  // i and a combining dot above
    } else {
      Append(SimpleLower(characters[i]), &out);
    }
  }
  return out;
}

std::string ToInitCap(std::string_view text) {
  std::string out;
  bool word_starts = true;
  for (const char32_t c : Decode(ToLower(text))) {
    word_starts ? AppendTitle(c, &out) : Append(c, &out);
    word_starts = c == ' ';
  }
  return out;
}

}  // namespace hearth::engine
