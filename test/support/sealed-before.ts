/** Values as encrypted by versions that didn't bind them to their place. */
import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { bindingStatements, type SealedPlace, Sealer } from '../../src/storage/home/sealer.js';
import type { Database } from '../../src/storage/database/database.js';

export function sealBefore(key: Buffer, text: string): Buffer {
  const purpose = 'codesubmit-lever seal';
  const sealKey = Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), purpose, 32));
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', sealKey, nonce);
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

/** Converts everything encrypted in the file back to that form. */
export function unbindSealed({ connection }: Database, key: Buffer): void {
  const sealer = new Sealer(key);
  connection.function('bind_sealed', (column: unknown, row: unknown, sealed: unknown) => {
    const place = { column, row: JSON.parse(row as string) as unknown } as SealedPlace;
    return sealBefore(key, sealer.open(sealed as Buffer, place));
  });
  const tables = connection.prepare<[], string>('SELECT name FROM sqlite_schema').pluck().all();
  const isThere = (sql: string): boolean => tables.includes(sql.split(' ')[1] ?? '');
  for (const sql of bindingStatements().filter(isThere))
    connection.prepare(sql.replace(`x'00'`, `x'01'`)).run();
}
