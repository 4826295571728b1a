/*
 * What a power cut leaves. A file under POWER_CUT_ROOT reaches the folder POWER_CUT_SHADOW only when it is synced;
 * truncations and unlinks reach it at once, names given by rename when their folder is synced. Preloaded into
 * a process that is killed, it leaves there what a disk would hold that had kept nothing but what was asked of it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LONG (2 * PATH_MAX)
#define MOST_NAMES 64
#define REAL(type, name) ((type)dlsym(RTLD_NEXT, name))

typedef int (*of_file)(int);
typedef int (*of_size)(int, off64_t);
typedef int (*of_path)(const char *);
typedef int (*of_paths)(const char *, const char *);

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
/* Names given since their folder was synced last: they die with the process. */
static struct { char from[PATH_MAX], to[PATH_MAX]; } names[MOST_NAMES];
static int name_count;

static int is_watched(const char *path) {
  const char *root = getenv("POWER_CUT_ROOT");
  return root && getenv("POWER_CUT_SHADOW") && strncmp(path, root, strlen(root)) == 0;
}

static void shadow_of(const char *path, char *shadow) {
  snprintf(shadow, LONG, "%s%s", getenv("POWER_CUT_SHADOW"), path);
  for (char *at = strchr(shadow + 1, '/'); at; at = strchr(at + 1, '/')) {
    *at = 0;
    mkdir(shadow, 0700);
    *at = '/';
  }
}

static int find_path(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  path[length < 0 ? 0 : length] = 0;
  return is_watched(path) && access(path, F_OK) == 0;
}

/* Whole or not at all, also when the process is killed in the middle. */
static void keep_bytes(int fd, const char *path, mode_t mode) {
  char shadow[LONG], partial[LONG], buffer[1 << 16];
  shadow_of(path, shadow);
  snprintf(partial, LONG, "%s/.partial-%d", getenv("POWER_CUT_SHADOW"), getpid());
  /* SQLite's files are read by SQLite's own descriptor: closing another one would drop its locks. */
  int is_write_only = (fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY;
  int from = is_write_only ? open(path, O_RDONLY) : fd;
  int to = open(partial, O_WRONLY | O_CREAT | O_TRUNC, mode);
  off_t at = 0;
  for (ssize_t count; (count = pread(from, buffer, sizeof buffer, at)) > 0; at += count)
    if (write(to, buffer, count) != count) abort();
  close(to);
  if (is_write_only) close(from);
  REAL(of_paths, "rename")(partial, shadow);
}

static void keep_names(const char *folder) {
  int left = 0;
  for (int i = 0; i < name_count; i++) {
    size_t length = strlen(folder);
    if (strncmp(names[i].to, folder, length) == 0 && strrchr(names[i].to, '/') == names[i].to + length) {
      char from[LONG], to[LONG];
      shadow_of(names[i].from, from);
      shadow_of(names[i].to, to);
      /* A name whose bytes were never synced is the name of an empty file. */
      if (REAL(of_paths, "rename")(from, to) != 0) close(open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600));
    } else {
      names[left++] = names[i];
    }
  }
  name_count = left;
}

static void note_name(const char *from, const char *to) {
  pthread_mutex_lock(&one_at_a_time);
  if (name_count == MOST_NAMES) abort();
  snprintf(names[name_count].from, PATH_MAX, "%s", from);
  snprintf(names[name_count++].to, PATH_MAX, "%s", to);
  pthread_mutex_unlock(&one_at_a_time);
}

static int sync_by(const char *name, int fd) {
  char path[PATH_MAX];
  struct stat facts;
  int result = REAL(of_file, name)(fd);
  if (result != 0 || !find_path(fd, path) || fstat(fd, &facts) != 0) return result;
  pthread_mutex_lock(&one_at_a_time);
  if (S_ISDIR(facts.st_mode)) keep_names(path);
  else keep_bytes(fd, path, facts.st_mode & 0777);
  pthread_mutex_unlock(&one_at_a_time);
  return result;
}

static int truncate_by(const char *name, int fd, off64_t size) {
  char path[PATH_MAX], shadow[LONG];
  struct stat facts;
  int result = REAL(of_size, name)(fd, size);
  if (result != 0 || !find_path(fd, path)) return result;
  shadow_of(path, shadow);
  if (stat(shadow, &facts) == 0 && facts.st_size > size && truncate(shadow, size) != 0) abort();
  return result;
}

int fsync(int fd) { return sync_by("fsync", fd); }
int fdatasync(int fd) { return sync_by("fdatasync", fd); }
int ftruncate(int fd, off_t size) { return truncate_by("ftruncate", fd, size); }
int ftruncate64(int fd, off64_t size) { return truncate_by("ftruncate64", fd, size); }

int unlink(const char *path) {
  char shadow[LONG];
  int result = REAL(of_path, "unlink")(path);
  if (result != 0 || !is_watched(path)) return result;
  shadow_of(path, shadow);
  REAL(of_path, "unlink")(shadow);
  return result;
}

int rename(const char *from, const char *to) {
  int result = REAL(of_paths, "rename")(from, to);
  if (result == 0 && is_watched(to)) note_name(from, to);
  return result;
}
