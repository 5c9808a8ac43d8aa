#include "host/elf.hpp"

#include <elf.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <type_traits>

#include "tensor/error.hpp"

namespace hg {
namespace {

#if defined(__x86_64__)
constexpr unsigned this_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr unsigned this_machine = EM_AARCH64;
#elif defined(__riscv)
constexpr unsigned this_machine = EM_RISCV;
#else
constexpr unsigned this_machine = EM_NONE;  // the system's own loader will tell
#endif

std::string machine_name(unsigned machine) {
  switch (machine) {
    case EM_386: return "x86 (32 bits)";
    case EM_X86_64: return "x86-64";
    case EM_ARM: return "ARM (32 bits)";
    case EM_AARCH64: return "AArch64";
    case EM_RISCV: return "RISC-V";
    case EM_PPC64: return "PowerPC 64";
    default: return "machine number " + std::to_string(machine);
  }
}

// The file, with every access checked against its end.
class Reader {
 public:
  explicit Reader(const std::string& path) : where_("plugin " + path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) fail(std::string("cannot be read: ") + std::strerror(errno));
    std::ostringstream all;
    all << file.rdbuf();
    bytes_ = std::move(all).str();
  }

  [[noreturn]] void fail(const std::string& problem, const std::string& hint = {}) const {
    throw Error(where_, problem, hint);
  }

  uint64_t size() const { return bytes_.size(); }

  template <class T>
  T at(uint64_t offset) const {
    static_assert(std::is_trivially_copyable_v<T>);
    T value;
    need(offset, sizeof value);
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }

  void need(uint64_t offset, uint64_t count) const {
    uint64_t end = 0;
    if (__builtin_add_overflow(offset, count, &end) || end > bytes_.size()) {
      fail("it ends at byte " + std::to_string(bytes_.size()) +
               ", but its header speaks of " + std::to_string(count) + " bytes at " +
               std::to_string(offset),
           "the file is truncated or damaged: build or copy it again");
    }
  }

  // A name that starts at `offset` and ends in a zero.
  std::string name(uint64_t offset) const {
    need(offset, 1);
    size_t end = bytes_.find('\0', offset);
    if (end == std::string::npos) need(offset, bytes_.size());
    return bytes_.substr(offset, end - offset);
  }

 private:
  std::string where_, bytes_;
};

std::string first_bytes(const Reader& file) {
  std::string text;
  for (uint64_t i = 0; i < std::min<uint64_t>(4, file.size()); ++i) {
    char hex[8];
    std::snprintf(hex, sizeof hex, "%s%02x", i ? " " : "", file.at<uint8_t>(i));
    text += hex;
  }
  return text;
}

Elf64_Ehdr read_header(const Reader& file) {
  bool is_elf = file.size() >= SELFMAG;
  for (uint64_t i = 0; is_elf && i < SELFMAG; ++i) is_elf = file.at<char>(i) == ELFMAG[i];
  if (!is_elf) {
    file.fail("it is no shared library: it begins with " +
                  (file.size() ? first_bytes(file) : "nothing") +
                  ", expected 7f 45 4c 46 (ELF)",
              "name the .so file that the linker made (cc -shared -fPIC ...)");
  }
  file.need(0, sizeof(Elf64_Ehdr));
  auto header = file.at<Elf64_Ehdr>(0);
  bool little = header.e_ident[EI_DATA] == ELFDATA2LSB;
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || !little ||
      (this_machine != EM_NONE && header.e_machine != this_machine)) {
    file.fail("it is for " + machine_name(header.e_machine) +
                  (header.e_ident[EI_CLASS] == ELFCLASS64 ? ", 64 bits" : ", not 64 bits") +
                  (little ? "" : ", big-endian") + "; this machine is " +
                  machine_name(this_machine) + ", 64 bits",
              "build it on, or for, this machine");
  }
  if (header.e_type != ET_DYN) {
    file.fail(
        "it is ELF of type " + std::to_string(header.e_type) +
            ", expected 3, a shared library",
        header.e_type == ET_REL ? "link it: cc -shared" : "build it with -shared -fPIC");
  }
  return header;
}

}  // namespace

SharedLibrary read_shared_library(const std::string& path) {
  Reader file(path);
  Elf64_Ehdr header = read_header(file);

  // The parts that get loaded, and among them the table of what the linker needs to know.
  std::vector<Elf64_Phdr> loaded;
  std::vector<Elf64_Dyn> dynamic;
  file.need(header.e_phoff, uint64_t(header.e_phnum) * sizeof(Elf64_Phdr));
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    auto part = file.at<Elf64_Phdr>(header.e_phoff + i * sizeof(Elf64_Phdr));
    if (part.p_type != PT_LOAD && part.p_type != PT_DYNAMIC) continue;
    file.need(part.p_offset, part.p_filesz);
    if (part.p_type == PT_LOAD) {
      loaded.push_back(part);
      continue;
    }
    for (uint64_t at = 0; at + sizeof(Elf64_Dyn) <= part.p_filesz;
         at += sizeof(Elf64_Dyn)) {
      dynamic.push_back(file.at<Elf64_Dyn>(part.p_offset + at));
    }
  }
  file.need(header.e_shoff, uint64_t(header.e_shnum) * header.e_shentsize);

  // Addresses in memory, turned into places in the file.
  auto place = [&](uint64_t address) -> uint64_t {
    for (const Elf64_Phdr& p : loaded) {
      if (address >= p.p_vaddr && address - p.p_vaddr < p.p_filesz) {
        return p.p_offset + (address - p.p_vaddr);
      }
    }
    file.fail("a table lies at address " + std::to_string(address) + ", where nothing is",
              "the file is damaged: build or copy it again");
  };
  auto entry = [&](int64_t tag) -> std::optional<uint64_t> {
    for (const Elf64_Dyn& d : dynamic) {
      if (d.d_tag == DT_NULL) break;
      if (d.d_tag == tag) return d.d_un.d_val;
    }
    return {};
  };
  auto symbols = entry(DT_SYMTAB), names = entry(DT_STRTAB);
  if (!symbols || !names) file.fail("it has no table of dynamic symbols");
  uint64_t symbols_at = place(*symbols), names_at = place(*names);

  // How many symbols there are is written only in the hash table over their names: in the
  // old form outright, in GNU's as the last member of the last chain.
  uint64_t count = 0;
  if (auto hash = entry(DT_HASH)) {
    count = file.at<uint32_t>(place(*hash) + 4);
  } else if (auto gnu = entry(DT_GNU_HASH)) {
    uint64_t at = place(*gnu);
    uint32_t buckets = file.at<uint32_t>(at), first = file.at<uint32_t>(at + 4);
    uint64_t bloom = uint64_t(file.at<uint32_t>(at + 8)) * 8, table = at + 16 + bloom;
    file.need(table, uint64_t(buckets) * 4);
    uint64_t last = 0;
    for (uint64_t i = 0; i < buckets; ++i) {
      last = std::max<uint64_t>(last, file.at<uint32_t>(table + 4 * i));
    }
    uint64_t chains = table + uint64_t(buckets) * 4;
    if (last >= first) {
      while (!(file.at<uint32_t>(chains + 4 * (last - first)) & 1)) ++last;
      count = last + 1;
    } else {
      count = first;  // nothing is exported; before `first` come the imports
    }
  }
  file.need(symbols_at, count * sizeof(Elf64_Sym));

  SharedLibrary library;
  for (uint64_t i = 1; i < count; ++i) {
    auto symbol = file.at<Elf64_Sym>(symbols_at + i * sizeof(Elf64_Sym));
    unsigned binding = ELF64_ST_BIND(symbol.st_info);
    std::string name = file.name(names_at + symbol.st_name);
    if (symbol.st_shndx == SHN_UNDEF) {
      if (binding == STB_GLOBAL) library.imports.push_back(name);
    } else if (binding != STB_LOCAL &&
               ELF64_ST_VISIBILITY(symbol.st_other) == STV_DEFAULT) {
      library.exports.push_back(name);
    }
  }
  for (const Elf64_Dyn& d : dynamic) {
    if (d.d_tag == DT_NULL) break;
    if (d.d_tag == DT_NEEDED) library.needed.push_back(file.name(names_at + d.d_un.d_val));
  }
  return library;
}

}  // namespace hg
