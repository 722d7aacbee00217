/**
 * Whether a name that the replica's listing lacks would, where case does not count, be another name
 * of the source that is there: a file system that does not tell them apart would exchange the two
 * at each pass.
 *
 *     isTakenIn('foo', ['Foo', 'foo'], ['Foo'])  // true
 *     isTakenIn('foo', ['foo'], ['Foo'])         // false: it is to be renamed
 */
export function isTakenIn(
  name: string, sources: readonly string[], replicas: readonly string[],
): boolean {
  const wanted = folded(name);
  return replicas.some((each) =>
    each !== name && folded(each) === wanted && sources.includes(each));
}

/** A name as file systems compare it that do not tell case, or ways to write an accent, apart. */
const folded = (name: string): string =>
  Buffer.from(name, 'latin1').toString('utf8').normalize('NFC').toLowerCase();
