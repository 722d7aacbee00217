/**
 * Where a thread's code is: beside the module at `base`, and in dist/ beside the bundle that this
 * module is in. Run from source it is TypeScript, and what made this thread understand that (tsx)
 * must be loaded there first: threads do not inherit it.
 */
export function threadUrl(name: string, base: string, resolve: (what: string) => string): URL {
  if (!base.endsWith('.ts')) return new URL(`./${name}.js`, base);
  const tsx = JSON.stringify(resolve('tsx/esm/api'));
  const file = JSON.stringify(new URL(`./${name}.ts`, base));
  return new URL('data:text/javascript,' + encodeURIComponent(
    `import { register } from ${tsx}; register(); await import(${file});`,
  ));
}
