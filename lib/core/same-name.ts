/**
 * The other name of a listing that a name is taken for, where case does not count.
 *
 *     alikeIn('foo', ['Foo', 'bar'])  // 'Foo'
 */
export function alikeIn(name: string, listed: readonly string[]): string | undefined {
  const wanted = folded(name);
  return listed.find((each) => each !== name && folded(each) === wanted);
}

/** A name as file systems compare it that do not tell case, or ways to write an accent, apart. */
const folded = (name: string): string =>
  Buffer.from(name, 'latin1').toString('utf8').normalize('NFC').toLowerCase();
