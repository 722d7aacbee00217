import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { samePath } from '../../lib/core/entry.ts';
import { planLinks, type LinkPlan } from '../../lib/core/links.ts';

/** `path` is a name of a file of the source, and of one of the replica, if it is there. */
type Name = readonly [path: string, source: string, replica?: string];

function check(
  names: readonly Name[], written: readonly string[] = [], placed: Record<string, string> = {},
): LinkPlan {
  return planLinks(
    names.map(([path, source, replica]) => ({ at: samePath(path), source, replica })),
    new Set(written), new Map(Object.entries(placed)));
}

const links = suite('planLinks');

links('makes names of one source file names of one replica file, and no others', () => {
  const rows: readonly {
    name: string; names: Name[]; written?: string[]; placed?: Record<string, string>;
    links?: string[]; rewrite?: string[];
  }[] = [
    { name: 'nothing', names: [] },
    { name: 'as it should be', names: [['a', 'S', 'R'], ['b', 'S', 'R']] },
    { name: 'two files that are one', names: [['a', 'S', '1'], ['b', 'S', '2']],
      links: ['b to a'] },
    { name: 'a new name', names: [['a', 'S'], ['b', 'S', 'R']], written: ['a'],
      links: ['a to b'] },
    { name: 'names that are all new', names: [['b', 'S'], ['a', 'S'], ['c', 'S']],
      written: ['a', 'b', 'c'], links: ['b to a', 'c to a'] },
    { name: 'one written through: all are', names: [['a', 'S', 'R'], ['b', 'S', 'R']],
      written: ['a', 'b'], links: ['b to a'] },
    { name: 'one file that is two', names: [['a', 'S', 'R'], ['b', 'T', 'R']], rewrite: ['b'] },
    { name: 'one file that is three', names: [['a', 'S', 'R'], ['b', 'T', 'R'], ['c', 'U', 'R']],
      rewrite: ['b', 'c'] },
    { name: 'one file that is two pairs',
      names: [['a', 'S', 'R'], ['b', 'T', 'R'], ['c', 'S', 'R'], ['d', 'T', 'R']],
      rewrite: ['b'], links: ['d to b'] },
    { name: 'one file that is two, one of them written', written: ['b'],
      names: [['a', 'S', 'R'], ['b', 'T', 'R']] },
    { name: 'pairs that are crossed',
      names: [['a', 'S', '1'], ['b', 'T', '1'], ['c', 'S', '2'], ['d', 'T', '2']],
      links: ['c to a', 'b to d'] },
    { name: 'a renamed name keeps its file', names: [['a', 'S', 'R'], ['b', 'S']],
      written: ['b'], placed: { b: 'R' } },
    { name: 'a renamed name brings another file', names: [['a', 'S', 'R'], ['b', 'S']],
      written: ['b'], placed: { b: 'Q' }, links: ['b to a'] },
    { name: 'a renamed name brings a file that another needs', names: [['a', 'S', 'R'], ['b', 'T']],
      placed: { b: 'R' }, rewrite: ['b'] },
    { name: 'a rename over a name of another file', names: [['a', 'S', 'R'], ['b', 'S', 'R']],
      written: ['a'], placed: { a: 'Q' }, links: ['b to a'] },
    { name: 'a name told twice', names: [['a', 'S'], ['a', 'S'], ['b', 'S']],
      written: ['a', 'b'], links: ['b to a'] },
    { name: 'what the replica has as another type', names: [['a', 'S'], ['b', 'S', 'R']],
      links: ['a to b'] },
  ];
  for (const { name, names, written, placed, links: expected = [], rewrite = [] } of rows) {
    const plan = check(names, written, placed);
    assert.equal(plan.links.map((one) => `${one.path} to ${one.target}`), expected, name);
    assert.equal(plan.rewrite, rewrite, name);
  }
});

links.run();
