// HTTP through libcurl. The library is opened when it is first needed, so that a program that sends nothing does not load it.
#ifndef CCURL_H
#define CCURL_H

#include <stddef.h>

// Opens the library, once; 0, or -1 if it is not installed. From any thread.
int ccurl_load(void);

// A client that keeps its connection from one request to the next; one thread at a time. Null if there is no memory.
typedef struct ccurl_client ccurl_client;
ccurl_client *ccurl_open(void);
void ccurl_close(ccurl_client *client);

enum ccurl_outcome {
  CCURL_ANSWERED,
  // Nothing was sent: no such host, nobody listens, no connection in time.
  CCURL_NOT_REACHED,
  // Nothing was sent: the server's certificate is not one to trust.
  CCURL_UNTRUSTED,
  // Something may have been sent, and no whole answer came in time.
  CCURL_TIMED_OUT,
  // The connection broke, or what came was no HTTP.
  CCURL_BROKEN,
};

struct ccurl_answer {
  enum ccurl_outcome outcome;
  // Of an answer: 200, 404.
  long status;
  // Of anything else, why; valid until the client's next request.
  const char *reason;
};

// Posts `size` bytes, following redirections; the answer's body is thrown away. `headers` are lines, "Content-Type: text/plain".
struct ccurl_answer ccurl_post(ccurl_client *client, const char *url, const char *const *headers, size_t header_count,
                               const void *body, size_t size, long timeout_milliseconds);

// Gets what is at an address from byte `first` on, following redirections. `take` gets each piece of an answer of status 200, or 206 where `first` is not 0,
// as it comes, and how many bytes this answer has, -1 where that is not told; where it gives 0 the request ends, as CCURL_BROKEN. So it does where the
// server gives no parts of files. A server that sends nothing for `stall_seconds` has timed out.
struct ccurl_answer ccurl_get(ccurl_client *client, const char *url, long long first, long stall_seconds,
                              int (*take)(void *context, const void *bytes, size_t count, long long total), void *context);

// Lets the request that is on its way, and any after it, end at once, as CCURL_BROKEN. From any thread.
void ccurl_cancel(ccurl_client *client);

#endif
