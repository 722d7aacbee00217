import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { build, type BuildOptions, type Metafile, type Plugin } from 'esbuild';
import { configSchema } from './lib/cli/config-schema.ts';
import { manPage } from './lib/cli/man.ts';
import pkg from './package.json' with { type: 'json' };

/**
 * Builds dist/, or another folder that is named: few files instead of hundreds, since opening and
 * compiling those was most of a start. What is bundled is told with its licence in LICENSES.md;
 * fsync.1 is the man page.
 * Not bundled are the native part of the record's store and, for the library, rxjs: its users have
 * the Observables in their hands.
 */
const ROOT = import.meta.dirname;
const DIST = path.resolve(process.argv[2] ?? path.join(ROOT, 'dist'));

/**
 * An import of `process` calls every getter it has, and that of stdin takes hold of a terminal. The
 * global is the same thing, untouched.
 */
const globalProcess: Plugin = {
  name: 'global-process',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(?:node:)?process$/ }, () => ({ path: 'process', namespace: 'global' }));
    onLoad({ filter: /.*/, namespace: 'global' }, () => ({ contents: 'export default process;' }));
  },
};

/**
 * meow loads at once what would complete a package.json for its caller, with semver and a list of
 * all licences: a third of its size, and more of its time. We do not ask for that.
 */
const leanMeow: Plugin = {
  name: 'lean-meow',
  setup({ onLoad }) {
    onLoad({ filter: /meow.build.dependencies\.js$/ }, ({ path: file }) => {
      const text = fs.readFileSync(file, 'utf8');
      const contents = text.replace(' = requireNormalize();', ' = () => {};');
      if (contents === text) throw new Error(`${file} is not what leanMeow expects`);
      return { contents };
    });
  },
};

/** The native part is found by its own package, from where that is installed. */
const NATIVE = 'classic-level/binding.js';
const nativeBinding: Plugin = {
  name: 'native-binding',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/binding$/ }, () => ({ path: NATIVE, external: true }));
  },
};

const COMMON = {
  absWorkingDir: ROOT, outdir: DIST, entryNames: '[name]', bundle: true, metafile: true,
  format: 'esm', platform: 'node', target: 'node20.19', legalComments: 'inline',
  plugins: [globalProcess, leanMeow, nativeBinding],
  // Not Node's own choice of rxjs, which is CommonJS: nothing of it can be left out.
  alias: { rxjs: './node_modules/rxjs/dist/esm/index.js' },
  // For the CommonJS among the bundled, and for the native part.
  banner: { js: `import { createRequire as requireFrom } from 'node:module';
const require = requireFrom(import.meta.url);` },
} as const satisfies BuildOptions;

fs.rmSync(DIST, { recursive: true, force: true });
const built = await Promise.all([
  // Split, so that help and refusals load no engine.
  build({ ...COMMON, entryPoints: ['cli.ts'], splitting: true }),
  build({ ...COMMON, entryPoints: ['lib/disk/worker.ts', 'lib/rx/watcher-thread.ts'] }),
  build({ ...COMMON, entryPoints: ['lib/index.ts'], external: ['rxjs'], alias: {} }),
]);
fs.writeFileSync(path.join(DIST, 'LICENSES.md'), licences(built.map(({ metafile }) => metafile)));
fs.writeFileSync(path.join(DIST, 'fsync.1'), manPage(pkg.version));

// Beside the sources, so that it has an address; a test tells when it was not built.
fs.writeFileSync(path.join(ROOT, 'fsync.config.schema.json'),
  `${JSON.stringify(configSchema(), undefined, 2)}\n`);

const tsc = path.join(ROOT, 'node_modules/.bin/tsc');
const types = spawnSync(tsc, ['-p', ROOT + '/tsconfig.build.json', '--outDir', `${DIST}/types`],
  { stdio: 'inherit', shell: process.platform === 'win32' });
process.exitCode = types.status ?? 1;

/** The licence of every package that has code in the bundles, and of what is bundled in those. */
function licences(metafiles: readonly Metafile[]): string {
  const packages = new Set(metafiles
    .flatMap(({ outputs }) => Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs)))
    .map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0])
    .filter((folder) => folder !== undefined));

  return [...packages].toSorted().map((name) => {
    const folder = path.resolve(ROOT, name);
    const about = JSON.parse(fs.readFileSync(`${folder}/package.json`, 'utf8'));
    const texts = [folder, `${folder}/build`].filter((place) => fs.existsSync(place))
      .flatMap((place) => fs.readdirSync(place).filter((file) => /^licen[cs]es?\b/i.test(file))
        .map((file) => fs.readFileSync(`${place}/${file}`, 'utf8').trim()));
    if (texts.length === 0) throw new Error(`${folder} has no licence`);
    return `# ${about.name} ${about.version}\n\n${texts.join('\n\n')}\n`;
  }).join('\n');
}
