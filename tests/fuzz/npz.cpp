// Fuzz target: .npz files, and with them zip archives. Checksums would turn nearly every
// change into the same error, so those of the target's own directory are corrected first.
#define ZLIB_CONST
#include <zlib.h>

#include <cstring>

#include "fuzz/target.hpp"
#include "io/npy.hpp"
#include "io/zip.hpp"

using namespace hg;

namespace {

// Reads a member to its end and returns the checksum that its bytes have, 0 if they cannot
// be read.
uint32_t crc_of(const io::ZipFile& zip, const io::ZipEntry& entry) {
  uint32_t crc = 0;
  fuzz::attempt([&] {
    std::vector<unsigned char> bytes(static_cast<size_t>(entry.unpacked));
    zip.open(entry)->read(bytes.data(), bytes.size());
    crc = uint32_t(crc32_z(0, bytes.data(), bytes.size()));
  });
  return crc;
}

}  // namespace

FUZZ_TARGET(npz) {
  std::string file(bytes), path = fuzz::file_with(file);
  fuzz::attempt([&] { io::list_npz(path); });
  fuzz::attempt([&] { io::read_npz(path); });
  fuzz::attempt([&] {
    const io::ZipFile zip(path, "fuzz");
    for (const io::ZipEntry& entry : zip.entries()) {
      const size_t at = file.find("PK\1\2");  // they lie in this order
      if (at == file.npos || at + 20 > file.size()) return;
      const uint32_t crc = crc_of(zip, entry);
      std::memcpy(&file[at + 16], &crc, 4);
      file[at] = 'p';  // done
    }
  });
  for (size_t at = 0; (at = file.find("pK\1\2", at)) != file.npos;) file[at] = 'P';
  path = fuzz::file_with(file);
  fuzz::attempt([&] {
    for (auto& [name, t] : io::read_npz(path)) fuzz::touch(t);
  });
}
