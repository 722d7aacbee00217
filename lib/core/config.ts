/**
 * A pair of folders, and the options that differ from what the file says for all of them. Values
 * are written as on the command line (`'10m'`), switches are true or false. Relative folders count
 * from the file's own.
 */
export interface PairConfig {
  /** What lines and events of this pair are told apart by; unless given, both its folders. */
  readonly name?: string | undefined;
  readonly source?: string | undefined;
  readonly replica?: string | undefined;
  readonly interval?: string | number | undefined;
  readonly settle?: string | number | undefined;
  readonly maxWait?: string | number | undefined;
  readonly checksum?: boolean | undefined;
  readonly scrub?: string | undefined;
  readonly hash?: 'md5' | 'sha1' | 'sha256' | undefined;
  readonly maxDelete?: string | number | undefined;
  readonly approveDeletes?: boolean | undefined;
  /** Added to those for all pairs. */
  readonly ignore?: string | readonly string[] | undefined;
  readonly gitignore?: boolean | undefined;
  readonly deleteIgnored?: boolean | undefined;
  readonly trash?: string | undefined;
  readonly trashKeep?: string | undefined;
  readonly durable?: boolean | undefined;
  readonly onSync?: string | undefined;
  readonly workers?: string | number | undefined;
  readonly chunkSize?: string | number | undefined;
  readonly stateDir?: string | undefined;
}

/**
 * What `fsync.config.{json,mjs,ts}` holds: pairs of folders, and what all of them have in common.
 * Without `pairs` it is one pair itself.
 */
export interface Config extends PairConfig {
  readonly $schema?: string | undefined;
  readonly pairs?: readonly PairConfig[] | undefined;
  readonly logFile?: string | undefined;
  readonly logKeep?: string | undefined;
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
}

/** Gives a config file its type: `export default defineConfig({ pairs: [...] })`. */
export const defineConfig = (config: Config): Config => config;
