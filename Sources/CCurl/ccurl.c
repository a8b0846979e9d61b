#include "ccurl.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

// The header checks types of options by macros that would call the library, which is not linked.
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

// The functions of libcurl that are used, each a pointer filled in by open_library.
#define FUNCTIONS(X)                                                                                                   \
  X(curl_global_init) X(curl_easy_init) X(curl_easy_cleanup) X(curl_easy_reset) X(curl_easy_setopt)                    \
  X(curl_easy_getinfo) X(curl_easy_strerror) X(curl_slist_append) X(curl_slist_free_all) X(curl_multi_init)            \
  X(curl_multi_cleanup) X(curl_multi_add_handle) X(curl_multi_remove_handle) X(curl_multi_perform) X(curl_multi_poll)  \
  X(curl_multi_wakeup) X(curl_multi_info_read)

static struct {
#define FUNCTION(name) __typeof__(&name) name;
  FUNCTIONS(FUNCTION)
#undef FUNCTION
} curl;

static int state = -1;

static void open_library(void) {
  static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.so"};
  void *library = NULL;
  for (size_t i = 0; !library && i < sizeof names / sizeof *names; i++) library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
#define FIND(name) \
  if (!(curl.name = (__typeof__(curl.name))dlsym(library, #name))) return;
  FUNCTIONS(FIND)
#undef FIND
  if (curl.curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) state = 0;
}

int ccurl_load(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, open_library);
  return state;
}

struct ccurl_client {
  CURL *handle;
  // Drives the one handle, so that a request can be woken up from another thread.
  CURLM *multi;
  int is_cancelled;
  char error[CURL_ERROR_SIZE];
};

ccurl_client *ccurl_open(void) {
  if (ccurl_load() != 0) return NULL;
  ccurl_client *client = calloc(1, sizeof *client);
  if (!client) return NULL;
  client->handle = curl.curl_easy_init();
  client->multi = curl.curl_multi_init();
  if (client->handle && client->multi) return client;
  ccurl_close(client);
  return NULL;
}

void ccurl_cancel(ccurl_client *client) {
  __atomic_store_n(&client->is_cancelled, 1, __ATOMIC_RELEASE);
  curl.curl_multi_wakeup(client->multi);
}

void ccurl_close(ccurl_client *client) {
  if (client->handle) curl.curl_easy_cleanup(client->handle);
  if (client->multi) curl.curl_multi_cleanup(client->multi);
  free(client);
}

struct taking {
  ccurl_client *client;
  int (*take)(void *context, const void *bytes, size_t count, long long total);
  void *context;
  long wanted;  // status
};

// Hands a piece of an answer on that is no error's.
static size_t hand_on(char *bytes, size_t size, size_t count, void *place) {
  struct taking *taking = place;
  long status = 0;
  curl_off_t total = -1;
  curl.curl_easy_getinfo(taking->client->handle, CURLINFO_RESPONSE_CODE, &status);
  curl.curl_easy_getinfo(taking->client->handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &total);
  if (status != taking->wanted) return size * count;
  return taking->take(taking->context, bytes, size * count, total) ? size * count : 0;
}

static size_t throw_away(char *bytes, size_t size, size_t count, void *nobody) {
  (void)bytes, (void)nobody;
  return size * count;
}

// Carries out what the handle is set to, unless it is cancelled.
static CURLcode perform(ccurl_client *client) {
  CURLcode code = CURLE_ABORTED_BY_CALLBACK;
  if (curl.curl_multi_add_handle(client->multi, client->handle) != CURLM_OK) return CURLE_FAILED_INIT;
  int is_running = 1;
  while (is_running && !__atomic_load_n(&client->is_cancelled, __ATOMIC_ACQUIRE)) {
    if (curl.curl_multi_perform(client->multi, &is_running) != CURLM_OK) break;
    if (is_running && curl.curl_multi_poll(client->multi, NULL, 0, 1000, NULL) != CURLM_OK) break;
  }
  int waiting;
  for (CURLMsg *message; (message = curl.curl_multi_info_read(client->multi, &waiting));)
    if (message->msg == CURLMSG_DONE) code = message->data.result;
  curl.curl_multi_remove_handle(client->multi, client->handle);
  return code;
}

// Whether the server could not show that it is who it should be.
static int is_untrusted(CURLcode code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_ISSUER_ERROR || code == CURLE_SSL_INVALIDCERTSTATUS ||
         code == CURLE_SSL_CACERT_BADFILE;
}

// Whether a request that came to nothing has certainly not been sent.
static int is_unsent(CURL *handle, CURLcode code) {
  if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_COULDNT_CONNECT) return 1;
  curl_off_t connected = 0;
  curl.curl_easy_getinfo(handle, CURLINFO_PRETRANSFER_TIME_T, &connected);
  return code == CURLE_OPERATION_TIMEDOUT && connected == 0;
}

static struct ccurl_answer answer_of(ccurl_client *client, CURLcode code) {
  CURL *handle = client->handle;
  struct ccurl_answer answer = {.outcome = CCURL_ANSWERED};
  if (code == CURLE_OK) {
    curl.curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer.status);
  } else {
    answer.outcome = is_untrusted(code)                ? CCURL_UNTRUSTED
                     : is_unsent(handle, code)         ? CCURL_NOT_REACHED
                     : code == CURLE_OPERATION_TIMEDOUT ? CCURL_TIMED_OUT
                                                        : CCURL_BROKEN;
    answer.reason = client->error[0] ? client->error : curl.curl_easy_strerror(code);
  }
  return answer;
}

static void follow(CURL *handle) {
  curl.curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
  curl.curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
  curl.curl_easy_setopt(handle, CURLOPT_MAXREDIRS, 30L);
}

struct ccurl_answer ccurl_post(ccurl_client *client, const char *url, const char *const *headers, size_t header_count,
                               const void *body, size_t size, long timeout_milliseconds) {
  CURL *handle = client->handle;
  struct curl_slist *lines = NULL;
  for (size_t i = 0; i < header_count; i++) {
    struct curl_slist *longer = curl.curl_slist_append(lines, headers[i]);
    if (longer) lines = longer;
  }
  client->error[0] = 0;
  curl.curl_easy_reset(handle);
  curl.curl_easy_setopt(handle, CURLOPT_URL, url);
  curl.curl_easy_setopt(handle, CURLOPT_HTTPHEADER, lines);
  curl.curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
  curl.curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body);
  follow(handle);
  // Elsewhere a post stays one: as a GET it would lose its body, and be thanked for.
  curl.curl_easy_setopt(handle, CURLOPT_POSTREDIR, (long)CURL_REDIR_POST_ALL);
  curl.curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, timeout_milliseconds);
  curl.curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, timeout_milliseconds);
  curl.curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl.curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, throw_away);
  curl.curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, client->error);
  struct ccurl_answer answer = answer_of(client, perform(client));
  curl.curl_slist_free_all(lines);
  return answer;
}

struct ccurl_answer ccurl_get(ccurl_client *client, const char *url, long long first, long stall_seconds,
                              int (*take)(void *context, const void *bytes, size_t count, long long total), void *context) {
  CURL *handle = client->handle;
  struct taking taking = {client, take, context, first > 0 ? 206 : 200};
  client->error[0] = 0;
  curl.curl_easy_reset(handle);
  curl.curl_easy_setopt(handle, CURLOPT_URL, url);
  follow(handle);
  curl.curl_easy_setopt(handle, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)first);
  curl.curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, stall_seconds);
  curl.curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl.curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, stall_seconds);
  curl.curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl.curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, hand_on);
  curl.curl_easy_setopt(handle, CURLOPT_WRITEDATA, &taking);
  curl.curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, client->error);
  return answer_of(client, perform(client));
}
