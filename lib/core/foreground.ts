/**
 * Whether a /proc/self/stat tells of a process in its terminal's foreground: its process group
 * (field 5) is the terminal's (field 8). The name in field 2 may hold spaces and parentheses.
 */
export function isForeground(stat: string): boolean {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[2] !== undefined && fields[2] === fields[5];
}
