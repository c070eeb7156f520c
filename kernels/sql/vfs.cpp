#include "kernels/sql/vfs.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace aura::sql {

namespace {

struct image_file {
  sqlite3_file base; // first, as SQLite demands
  std::string_view bytes;
};

image_file& self(sqlite3_file* file) {
  return *reinterpret_cast<image_file*>(file);
}

int close_file(sqlite3_file*) {
  return SQLITE_OK;
}

int read(sqlite3_file* file, void* to, int count, sqlite3_int64 offset) {
  auto bytes = self(file).bytes;
  auto wanted = static_cast<std::size_t>(count);
  auto from = std::min(static_cast<std::size_t>(offset), bytes.size());
  auto got = std::min(wanted, bytes.size() - from);
  if (got != 0)
    std::memcpy(to, bytes.data() + from, got);
  if (got == wanted)
    return SQLITE_OK;
  std::memset(static_cast<char*>(to) + got, 0, wanted - got);
  return SQLITE_IOERR_SHORT_READ;
}

int write(sqlite3_file*, const void*, int, sqlite3_int64) {
  return SQLITE_READONLY;
}

int truncate(sqlite3_file*, sqlite3_int64) {
  return SQLITE_READONLY;
}

int sync(sqlite3_file*, int) {
  return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* out) {
  *out = static_cast<sqlite3_int64>(self(file).bytes.size());
  return SQLITE_OK;
}

int lock(sqlite3_file*, int) {
  return SQLITE_OK;
}

int reserved(sqlite3_file*, int* out) {
  *out = 0;
  return SQLITE_OK;
}

int control(sqlite3_file* file, int operation, void* argument) {
  if (operation != show_image)
    return SQLITE_NOTFOUND;
  self(file).bytes = *static_cast<const std::string_view*>(argument);
  return SQLITE_OK;
}

int sector_size(sqlite3_file*) {
  return 512;
}

// Not IMMUTABLE: then SQLite would not notice that another image is shown.
int characteristics(sqlite3_file*) {
  return 0;
}

const sqlite3_io_methods methods = {
  1,
  close_file,
  read,
  write,
  truncate,
  sync,
  file_size,
  lock,
  lock,
  reserved,
  control,
  sector_size,
  characteristics,
  nullptr,
  nullptr,
  nullptr,
  nullptr,
  nullptr,
  nullptr,
};

int open(sqlite3_vfs*, const char*, sqlite3_file* file, int flags, int* out) {
  file->pMethods = nullptr;
  if ((flags & SQLITE_OPEN_MAIN_DB) == 0)
    return SQLITE_CANTOPEN;
  auto* x = ::new (static_cast<void*>(file)) image_file{};
  x->base.pMethods = &methods;
  if (out)
    *out = SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB;
  return SQLITE_OK;
}

int remove(sqlite3_vfs*, const char*, int) {
  return SQLITE_READONLY;
}

int access(sqlite3_vfs*, const char*, int, int* out) {
  *out = 0;
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}

int randomness(sqlite3_vfs*, int size, char* out) {
  std::memset(out, 0, static_cast<std::size_t>(size));
  return size;
}

int sleep(sqlite3_vfs*, int) {
  return 0;
}

int clock(sqlite3_vfs*, double*) {
  return SQLITE_ERROR;
}

int clock64(sqlite3_vfs*, sqlite3_int64*) {
  return SQLITE_ERROR;
}

int last_error(sqlite3_vfs*, int, char*) {
  return 0;
}

} // namespace

int register_file_systems() {
  // SQLite keeps pointers to them and links them into its list.
  static sqlite3_vfs image{};
  image.iVersion = 2;
  image.szOsFile = sizeof(image_file);
  image.mxPathname = 64;
  image.zName = image_system;
  image.xOpen = open;
  image.xDelete = remove;
  image.xAccess = access;
  image.xFullPathname = full_path;
  image.xRandomness = randomness;
  image.xSleep = sleep;
  image.xCurrentTime = clock;
  image.xGetLastError = last_error;
  image.xCurrentTimeInt64 = clock64;
  auto* usual = sqlite3_vfs_find(nullptr);
  if (!usual || usual->iVersion < 2)
    return SQLITE_ERROR;
  static auto disk = *usual;
  disk.pNext = nullptr;
  disk.zName = disk_system;
  disk.xCurrentTime = clock;
  disk.xCurrentTimeInt64 = clock64;
  auto code = sqlite3_vfs_register(&image, 0);
  return code == SQLITE_OK ? sqlite3_vfs_register(&disk, 0) : code;
}

} // namespace aura::sql
