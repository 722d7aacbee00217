import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { sources, withoutComments, type Source } from './support/sources.ts';

const layers = suite('the layers');

/** Which layers each may import from, besides itself. `lib`: right in lib/, and a pass's steps. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  cli: ['report', 'lib', 'rx', 'core'],
  lib: ['rx', 'disk', 'core'],
  rx: ['core'],
  disk: ['core'],
  report: ['core'],
  core: [],
};

/** All that the pure part may take from elsewhere: nothing that reads, writes, waits or tells. */
const PURE = new Set(['ignore', 'node:buffer', 'node:zlib']);

const FILES = sources('cli.ts', 'lib');
const IMPORT = /(?:^|[;\s}*])(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/gm;

const importsOf = ({ text }: Source): string[] =>
  [...withoutComments(text).matchAll(IMPORT)].map(([, module]) => module!);

function layerOf(name: string): string {
  const [top, second, third] = name.split('/');
  if (top !== 'lib') return 'cli';
  return third === undefined || second === 'steps' ? 'lib' : second!;
}

/** The files that a file imports, types included. */
const filesOf = (file: Source): string[] => importsOf(file)
  .filter((module) => module.startsWith('.'))
  .map((module) => path.posix.join(path.posix.dirname(file.name), module));

layers('import only what lies below them', () => {
  const wrong = FILES.flatMap((file) => filesOf(file)
    .filter((target) => {
      const [from, to] = [layerOf(file.name), layerOf(target)];
      return from !== to && !MAY[from]?.includes(to);
    })
    .map((target) => `${file.name} imports ${target}`));

  assert.equal(wrong, []);
});

layers('have no circles, not even of types', () => {
  let left = new Map(FILES.map((file) => [file.name, filesOf(file)]));
  for (let before = -1; before !== left.size;) {
    before = left.size;
    left = new Map([...left].filter(([, targets]) => targets.some((target) => left.has(target))));
  }
  // Each that is left imports another one: to follow them leads into a circle.
  const walk: string[] = [];
  let [at] = left.keys();
  while (at !== undefined && !walk.includes(at)) {
    walk.push(at);
    at = left.get(at)!.find((target) => left.has(target));
  }

  assert.equal(walk.slice(at === undefined ? 0 : walk.indexOf(at)), []);
});

layers('are those that are known', () => {
  assert.equal(FILES.map(({ name }) => name).filter((name) => !MAY[layerOf(name)]), []);
});

layers('say the file they mean, with its ending', () => {
  const wrong = FILES.flatMap((file) => importsOf(file)
    .filter((module) => module.startsWith('.') && !/\.(?:ts|json)$/.test(module))
    .map((module) => `${file.name} imports ${module}`));

  assert.equal(wrong, []);
});

layers('keep lib/core free of effects', () => {
  const core = FILES.filter(({ name }) => layerOf(name) === 'core');
  const imports = core.flatMap((file) => importsOf(file)
    .filter((module) => !module.startsWith('.') && !PURE.has(module))
    .map((module) => `${file.name} imports ${module}`));
  const effects = core.filter(({ text }) => new RegExp(
    '\\b(?:Date\\.now|new Date|performance\\.|Math\\.random|process\\.|set(?:Timeout|Interval)\\b)',
  ).test(withoutComments(text))).map(({ name }) => name);

  assert.equal(imports, []);
  assert.equal(effects, []);
});

for (const [module, layer] of [['chokidar', 'rx'], ['classic-level', 'disk']] as const) {
  layers(`have one door to ${module}, in lib/${layer}`, () => {
    const doors = FILES.filter((file) => importsOf(file).includes(module)).map(({ name }) => name);
    assert.is(doors.length, 1, doors.join(', '));
    assert.is(layerOf(doors[0]!), layer);
  });
}

layers('print only from lib/report and cli.ts', () => {
  const wrong = FILES
    .filter(({ name }) => !['report', 'cli'].includes(layerOf(name)))
    .filter((file) => importsOf(file).includes('consola')
      || /\bconsole\.|\bprocess\.std(?:out|err)\b/.test(withoutComments(file.text)))
    .map(({ name }) => name);

  assert.equal(wrong, []);
});

layers.run();
