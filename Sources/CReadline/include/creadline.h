// Lines from a terminal, edited with GNU readline. The library is opened when it is first needed, so that a program that reads no
// lines does not load it. One thread at a time.
#ifndef CREADLINE_H
#define CREADLINE_H

// What may stand at the cursor instead of the word that is there.
struct creadline_completion {
  // The byte of the line at which the word begins.
  int start;
  // What follows the word when only one candidate is left; 0 for nothing.
  char append;
  // Whether the candidates are paths: only their last parts are listed, and a folder gets a slash.
  int are_paths;
  // Allocated with malloc, a candidate a line; null for none. The shim frees it.
  char *candidates;
};

typedef void (*creadline_completer)(const char *line, int cursor, struct creadline_completion *completion);

enum creadline_outcome { CREADLINE_LINE, CREADLINE_END, CREADLINE_INTERRUPTED };

// Opens the library; 0, or -1 where there is none.
int creadline_open(creadline_completer completer);

// Reads a line; SIGINT gives it up, and so does `wake` when it can be read: a SIGINT that came before. Other signals do what they do,
// with the terminal in order. On CREADLINE_LINE `*line` is allocated with malloc.
enum creadline_outcome creadline_read(const char *prompt, int wake, char **line);

// Adds an entry, of one line or several, to what the arrow keys bring back.
void creadline_remember(const char *entry);

#endif
