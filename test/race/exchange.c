// Exchanges pairs of names as fast as it can, each in one step: there is no moment without either.
// Where the second of a pair is missing, since somebody removed it, it is a link to `TARGET` again.
//     exchange TARGET ONE OTHER [ONE OTHER ...]
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int count, char **names) {
  const pid_t parent = getppid();
  for (unsigned round = 0; ; round += 1) {
    for (int at = 2; at + 1 < count; at += 2) {
      if (syscall(SYS_renameat2, -100, names[at], -100, names[at + 1], 2) != 0) {
        if (symlink(names[1], names[at + 1]) != 0) continue;
      }
    }
    // Now at full speed, now with time enough for somebody to look in between.
    if (rand() % 4 == 0) usleep(rand() % 300);
    if (round % 1024 == 0 && getppid() != parent) return 0;
  }
}
