import { crc32 } from 'node:zlib';

/** A checksum, a blank and JSON: what can be told from what is damaged, or was cut short. */
export function toSummed(value: object): string {
  const json = JSON.stringify(value);
  return `${crc32(json)} ${json}`;
}

/** The value; undefined for what is damaged. */
export function fromSummed(text: string): unknown {
  const json = text.slice(text.indexOf(' ') + 1);
  return text === `${crc32(json)} ${json}` ? JSON.parse(json) : undefined;
}
