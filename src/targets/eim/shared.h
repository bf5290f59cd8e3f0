// SPDX-License-Identifier: Apache-2.0
// A block of POSIX shared memory that a client writes features into.
#ifndef IMPULSEKIT_TARGETS_EIM_SHARED_H
#define IMPULSEKIT_TARGETS_EIM_SHARED_H

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

namespace impulsekit {
namespace eim {

#if defined(__linux__)
constexpr bool kHasShared = true;
#else
constexpr bool kHasShared = false;
#endif

/// The block of this process. `Tag` makes it a template, because headers share static members.
///
/// On Linux a POSIX shared-memory object is a file below /dev/shm. It is read as one and not mapped: a client can cut it
/// short at any time, which would end the process on the next access to mapped memory, and can change values between the
/// check and their use.
template <class Tag>
struct Shared {
  /// Empty when there is none. `name` is what clients know it by.
  static char path[32];
  static int file;

  static const char* name() { return path + kFolderLength; }

  /// Makes a block; null, or what went wrong.
  static const char* make(size_t bytes) {
    if (!kHasShared) return "not on this system";
    file = -1;
    for (int32_t tries = 0; tries < 10 && file < 0; ++tries) {
      // The name stands before the object does, so that a signal in between leaves none behind.
      if (!chooseName()) break;
      file = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
      if (file < 0 && errno != EEXIST) break;
    }
    if (file < 0) {
      path[0] = '\0';
      return strerror(errno);
    }
#if defined(__linux__)
    // Reserves the memory as well: without, a full memory would only show when a client writes.
    const int error = posix_fallocate(file, 0, static_cast<off_t>(bytes));
    if (error != 0) {
      remove();
      return strerror(error);
    }
#endif
    return nullptr;
  }

  static bool read(void* out, size_t bytes) {
    char* to = static_cast<char*>(out);
    size_t done = 0;
    while (done < bytes) {
      const ssize_t count = pread(file, to + done, bytes - done, static_cast<off_t>(done));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      done += static_cast<size_t>(count);
    }
    return true;
  }

  /// May be called by a signal handler.
  static void remove() {
    if (path[0] == '\0') return;
    unlink(path);
    path[0] = '\0';
    close(file);
  }

 private:
  static constexpr size_t kFolderLength = 8;

  static bool chooseName() {
    uint8_t random[6];
    const int source = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    if (source < 0) return false;
    const bool drawn = ::read(source, random, sizeof random) == static_cast<ssize_t>(sizeof random);
    close(source);
    snprintf(path, sizeof path, "/dev/shm/shm-%02x%02x%02x%02x%02x%02x", random[0], random[1], random[2], random[3],
             random[4], random[5]);
    return drawn;
  }
};

template <class Tag>
char Shared<Tag>::path[32];
template <class Tag>
int Shared<Tag>::file;
template <class Tag>
constexpr size_t Shared<Tag>::kFolderLength;

}  // namespace eim
}  // namespace impulsekit

#endif  // IMPULSEKIT_TARGETS_EIM_SHARED_H
