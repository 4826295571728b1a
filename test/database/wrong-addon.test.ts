/**
 * An addon built for another Node is reported with its fix: admins who upgrade Node meet this
 * first.
 */
import { expect, it } from 'vitest';
import { toStorageError } from '../../src/store/database/storage-error.js';

/**
 * Loads a file that isn't an addon for this Node, as better-sqlite3 loads one built for another.
 */
function loadWrongAddon(): unknown {
  try {
    process.dlopen({ exports: {} }, process.execPath);
    return undefined;
  } catch (error) {
    return error;
  }
}

it('says how to get the addon for this Node', () => {
  const { code, message, hint } = toStorageError(loadWrongAddon());
  expect(code).toBe('configuration');
  expect(message).toContain(process.version);
  expect(hint).toBe('Run: npm ci');
});
