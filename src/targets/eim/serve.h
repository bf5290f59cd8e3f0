// SPDX-License-Identifier: Apache-2.0
// The process around a server: command line, stdin or a UNIX socket, signals.
#ifndef IMPULSEKIT_TARGETS_EIM_SERVE_H
#define IMPULSEKIT_TARGETS_EIM_SERVE_H

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "framer.h"
#include "server.h"

namespace impulsekit {
namespace eim {

/// The socket file to remove at exit; empty when there is none. A template's member, because headers share it.
template <class L>
struct Socket {
  static char path[sizeof(sockaddr_un::sun_path)];

  static void remove() {
    if (path[0] != '\0') unlink(path);
    Shared<L>::remove();
  }

  static void stop(int signal) {
    remove();
    _exit(128 + signal);
  }
};

template <class L>
char Socket<L>::path[sizeof(sockaddr_un::sun_path)];

inline bool sendAll(int file, Span text) {
  while (text.begin != text.end) {
    const ssize_t sent = write(file, text.begin, static_cast<size_t>(text.end - text.begin));
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    text.begin += sent;
  }
  return true;
}

/// Where messages come from and answers go.
struct Channel {
  int in, out;
  /// Goes behind every answer.
  Span ending;
};

/// Answers messages until the peer closes. Returns the exit code.
template <class L>
int converse(Server<L>* server, Framer* framer, const Channel& channel) {
  framer->reset();
  server->reset();
  int64_t started = 0;
  for (;;) {
    char* const room = framer->room();
    const bool idle = framer->isEmpty();
    const ssize_t count = read(channel.in, room, framer->roomBytes());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return 0;
    const int64_t received = nowUs();
    if (idle) started = received;
    framer->fill(static_cast<size_t>(count));
    Framer::Event event;
    while ((event = framer->next()) == Framer::Event::kMessage) {
      const auto& response = server->answer(framer->message(), received - started);
      if (server->debugs() && channel.out != STDOUT_FILENO) printf("%s\n", response.text());
      if (!sendAll(channel.out, response.with(channel.ending))) return 0;
      started = received;
    }
    if (event == Framer::Event::kTooLong) {
      printf("Message is longer than %zu bytes\n", kMaxMessageBytes);
      return 1;
    }
  }
}

/// Makes a socket that listens at `path`; -1 with a message printed.
///
/// Clients connect as soon as the file is there, so it appears only when the socket listens: it is made under another
/// name and linked, which also never replaces a file.
template <class L>
int listenAt(const char* path) {
  struct sockaddr_un address;
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  const size_t length = strlen(path);
  if (length + 1 >= sizeof address.sun_path) {
    printf("Socket path is longer than %zu bytes\n", sizeof address.sun_path - 2);
    return -1;
  }
  memcpy(address.sun_path, path, length);
  address.sun_path[length] = '~';
  unlink(address.sun_path);

  // A stale socket is replaced; any other file stays, and link refuses.
  struct stat status;
  if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode)) unlink(path);

  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  const bool listening = listener >= 0 && bind(listener, reinterpret_cast<struct sockaddr*>(&address), sizeof address) == 0 &&
                         listen(listener, 64) == 0;
  const bool linked = listening && link(address.sun_path, path) == 0;
  if (!linked) printf("Cannot create socket: %s\n", strerror(errno));
  unlink(address.sun_path);
  if (!linked) return -1;
  memcpy(Socket<L>::path, path, length + 1);
  return listener;
}

/// Waits for a connection; -1 with a message printed.
inline int acceptOne(int listener) {
  int connection;
  do {
    connection = accept(listener, nullptr, nullptr);
  } while (connection < 0 && (errno == EINTR || errno == ECONNABORTED));
  if (connection < 0) printf("Cannot accept: %s\n", strerror(errno));
  return connection;
}

/// Serves one connection at `path`, or with `stays` one after another until a signal comes.
template <class L>
int serveSocket(Server<L>* server, Framer* framer, const char* path, bool stays) {
  const int listener = listenAt<L>(path);
  if (listener < 0) return 1;
  printf("Waiting for connection on %s...\n", path);
  int code;
  do {
    const int connection = acceptOne(listener);
    if (!stays) close(listener);
    code = 1;
    if (connection < 0) break;
    printf("Connected\n");
    // The Python client waits for the NUL, so it belongs to the answer.
    static const char ending[] = "\n";
    code = converse(server, framer, Channel{connection, connection, Span{ending, ending + 2}});
    close(connection);
    server->reset();
  } while (stays);
  Socket<L>::remove();
  return code;
}

/// The whole program; returns its exit code.
template <class L>
int serve(Server<L>* server, Framer* framer, int argc, char** argv) {
  setvbuf(stdout, nullptr, _IONBF, 0);
  if (argc < 2) {
    printf("Requires one parameter (either: '--print-info', 'stdin' or the name of a socket)\n");
    return 1;
  }
  signal(SIGPIPE, SIG_IGN);
  signal(SIGINT, Socket<L>::stop);
  signal(SIGTERM, Socket<L>::stop);
  signal(SIGHUP, Socket<L>::stop);

  printf("Impulse runner - impulsekit\n");
  if (strcmp(argv[1], "--print-info") == 0) {
    printf("%s\n", server->info().text());
    return 0;
  }
  if (strcmp(argv[1], "stdin") == 0) {
    static const char ending[] = "\n";
    const int code = converse(server, framer, Channel{STDIN_FILENO, STDOUT_FILENO, Span{ending, ending + 1}});
    server->reset();
    return code;
  }
  return serveSocket(server, framer, argv[1], argc > 2 && strcmp(argv[2], "--stay") == 0);
}

}  // namespace eim
}  // namespace impulsekit

#endif  // IMPULSEKIT_TARGETS_EIM_SERVE_H
