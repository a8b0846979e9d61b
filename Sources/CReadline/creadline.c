#include "creadline.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

// The functions and variables of libreadline that are used, each a pointer filled in by open_library.
#define FUNCTIONS(X)                                                                                                   \
  X(rl_initialize) X(rl_callback_handler_install) X(rl_callback_handler_remove) X(rl_callback_read_char)               \
  X(rl_callback_sigcleanup) X(rl_free_line_state) X(rl_cleanup_after_signal) X(rl_reset_after_signal)                  \
  X(rl_resize_terminal) X(rl_reset_screen_size) X(rl_forced_update_display) X(rl_completion_matches) X(rl_complete)    \
  X(rl_insert_text) X(rl_add_defun) X(add_history) X(using_history)
#define VARIABLES(X)                                                                                                   \
  X(rl_readline_name) X(rl_last_func) X(rl_line_buffer) X(rl_point) X(rl_catch_signals) X(rl_catch_sigwinch)           \
  X(rl_attempted_completion_function) X(rl_attempted_completion_over) X(rl_completion_word_break_hook)                 \
  X(rl_completion_append_character) X(rl_filename_completion_desired) X(rl_sort_completion_matches)                    \
  X(rl_completer_quote_characters)

static struct {
#define FUNCTION(name) __typeof__(&name) name;
#define VARIABLE(name) __typeof__(&name) name;
  FUNCTIONS(FUNCTION)
  VARIABLES(VARIABLE)
#undef FUNCTION
#undef VARIABLE
} rl;

static int open_library(void) {
  static const char *const names[] = {"libreadline.so.8", "libreadline.so"};
  void *library = NULL;
  for (size_t i = 0; !library && i < sizeof names / sizeof *names; i++) library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  if (!library) return -1;
#define FIND(name) \
  if (!(rl.name = (__typeof__(rl.name))dlsym(library, #name))) return -1;
  FUNCTIONS(FIND)
  VARIABLES(FIND)
#undef FIND
  return 0;
}

// MARK: completion

static creadline_completer completer;
static struct creadline_completion completion;
static char *next_candidate;
static char word_break[2];

// Asks for the candidates. Where their word begins is told to readline by the one character that ends the word before it.
static char *find_word(void) {
  free(completion.candidates);
  completion = (struct creadline_completion){.start = *rl.rl_point};
  completer(*rl.rl_line_buffer, *rl.rl_point, &completion);
  word_break[0] = completion.start > 0 ? (*rl.rl_line_buffer)[completion.start - 1] : 0;
  return word_break;
}

static char *give_candidate(const char *word, int is_repeated) {
  (void)word;
  if (!is_repeated) next_candidate = completion.candidates;
  char *candidate = strsep(&next_candidate, "\n");
  return candidate && *candidate ? strdup(candidate) : NULL;
}

static char **give_candidates(const char *word, int start, int end) {
  (void)start;
  (void)end;
  *rl.rl_attempted_completion_over = 1;
  *rl.rl_completion_append_character = completion.append;
  *rl.rl_filename_completion_desired = completion.are_paths;
  *rl.rl_sort_completion_matches = 0;
  return completion.candidates ? rl.rl_completion_matches(word, give_candidate) : NULL;
}

// Tab: indents where nothing stands before the cursor, completes elsewhere.
static int complete_or_indent(int count, int key) {
  int cursor = *rl.rl_point;
  while (cursor > 0 && (*rl.rl_line_buffer)[cursor - 1] == ' ') cursor--;
  if (cursor > 0 && (*rl.rl_line_buffer)[cursor - 1] != '\n') {
    // The second Tab in a row lists the candidates; readline looks for its own function before it.
    if (*rl.rl_last_func == complete_or_indent) *rl.rl_last_func = rl.rl_complete;
    return rl.rl_complete(count, key);
  }
  return rl.rl_insert_text("    ") >= 0 ? 0 : 1;
}

// MARK: signals

// While a line is read, signals are only written into a pipe, and looked at between two keys: readline's own handlers would be in
// place during a key alone, and a signal that comes with one would wait for the next.
static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH};
enum { SIGNALS = sizeof signals / sizeof *signals };
static struct sigaction actions_before[SIGNALS];
static int signal_pipe[2] = {-1, -1};

static void note_signal(int signal) {
  int error = errno;
  unsigned char number = (unsigned char)signal;
  if (write(signal_pipe[1], &number, 1) < 0) errno = error;
  errno = error;
}

static void watch_signals(void) {
  struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART};
  for (int i = 0; i < SIGNALS; i++) {
    sigaction(signals[i], NULL, &actions_before[i]);
    if (actions_before[i].sa_handler != SIG_IGN) sigaction(signals[i], &action, NULL);
  }
}

static void unwatch_signals(void) {
  for (int i = 0; i < SIGNALS; i++) sigaction(signals[i], &actions_before[i], NULL);
}

// The next signal that has come, 0 for none.
static int take_signal(void) {
  unsigned char number;
  return read(signal_pipe[0], &number, 1) == 1 ? number : 0;
}

// Lets a signal do what it did before, with the terminal in order, and goes on with the line if the process does.
static void pass_on(int number) {
  rl.rl_cleanup_after_signal();
  unwatch_signals();
  kill(getpid(), number);
  watch_signals();
  rl.rl_reset_after_signal();
  rl.rl_forced_update_display();
}

// MARK: lines

int creadline_open(creadline_completer given) {
  if (open_library() != 0 || pipe(signal_pipe) != 0) return -1;
  for (int i = 0; i < 2; i++) {
    fcntl(signal_pipe[i], F_SETFL, O_NONBLOCK);
    fcntl(signal_pipe[i], F_SETFD, FD_CLOEXEC);
  }
  completer = given;
  setlocale(LC_CTYPE, "");
  // Scripts are UTF-8 whatever the locale: without this, readline would show other letters as octal numbers.
  if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0) setlocale(LC_CTYPE, "C.UTF-8");
  *rl.rl_readline_name = "train";
  *rl.rl_catch_signals = 0;
  *rl.rl_catch_sigwinch = 0;
  *rl.rl_completion_word_break_hook = find_word;
  *rl.rl_attempted_completion_function = give_candidates;
  *rl.rl_completer_quote_characters = NULL;
  // Before the user's own key bindings are read, so that those win.
  rl.rl_add_defun("complete-or-indent", complete_or_indent, '\t');
  rl.rl_initialize();
  rl.using_history();
  return 0;
}

static char *read_line;
static int has_ended;

static void take_line(char *line) {
  // At once, so that the terminal is as it was while the line is carried out.
  rl.rl_callback_handler_remove();
  read_line = line;
  has_ended = 1;
}

// Signals that came behind the last key, before their own handlers were back, go to these.
static void hand_over_signals(void) {
  for (int number; (number = take_signal());)
    if (number != SIGWINCH) kill(getpid(), number);
}

// Carries out what a signal asks for; whether the line is given up.
static int obey(int number) {
  switch (number) {
    case SIGINT:
      rl.rl_free_line_state();
      rl.rl_callback_sigcleanup();
      return 1;
    case SIGWINCH: rl.rl_resize_terminal(); return 0;
    default: pass_on(number); return 0;
  }
}

enum creadline_outcome creadline_read(const char *prompt, int wake, char **line) {
  has_ended = 0;
  read_line = NULL;
  watch_signals();
  // The window may have changed while no line was read.
  rl.rl_reset_screen_size();
  rl.rl_callback_handler_install(prompt, take_line);
  int is_given_up = 0;
  while (!has_ended && !is_given_up) {
    struct pollfd files[] = {
      {.fd = wake, .events = POLLIN}, {.fd = signal_pipe[0], .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
    int count = poll(files, 3, -1);
    if (count < 0 && errno != EINTR) break;
    // Signals first, also where a key is there: what was typed after a Ctrl-C belongs to the next line.
    int number = count > 0 && files[0].revents ? SIGINT : take_signal();
    if (number)
      is_given_up = obey(number);
    else if (count > 0 && files[2].revents)
      rl.rl_callback_read_char();
  }
  if (!has_ended) rl.rl_callback_handler_remove();
  unwatch_signals();
  hand_over_signals();
  if (is_given_up) return CREADLINE_INTERRUPTED;
  if (!read_line) return CREADLINE_END;
  *line = read_line;
  return CREADLINE_LINE;
}

void creadline_remember(const char *entry) { rl.add_history(entry); }
