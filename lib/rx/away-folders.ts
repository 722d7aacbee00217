import { maybeFolder } from './folder-facts.ts';

/** So often somebody looks whether they are back. */
const LOOK_MS = 200;

/**
 * Folders that were not there when a watch was to be set on them. One that goes and comes back in a
 * moment is the same as before for chokidar, which takes it for watched. So it is watched `anew`,
 * once it is back, if it still is without a watch and is `known`: if not, it was seen to be gone.
 */
export function awayFolders(
  isKnown: (at: string) => boolean, anew: (at: string) => void,
): { add(at: string): void; delete(at: string): void } {
  const away = new Set<string>();
  let isAsked = false;

  const ask = (): void => {
    if (isAsked || away.size === 0) return;
    isAsked = true;
    setTimeout(look, LOOK_MS);
  };

  const look = (): void => {
    isAsked = false;
    for (const at of away) {
      if (isKnown(at) && !maybeFolder(at)) continue;
      away.delete(at);
      if (isKnown(at)) anew(at);
    }
    ask();
  };

  return {
    add: (at) => {
      away.add(at);
      ask();
    },
    delete: (at) => void away.delete(at),
  };
}
